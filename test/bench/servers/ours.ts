/** One node of ours. Arguments: port, Redis port, limit. */

import * as v from "valibot";
import { log } from "../../../src/io/log.ts";
import { startLimiter } from "../../../src/limiter/service.ts";
import { LimiterSettings } from "../../../src/limiter/settings/settings.ts";

const [port = 0, redisPort = 0, limit = 0] = process.argv.slice(2).map(Number);
const settings = v.parse(LimiterSettings, {
  node: 1,
  port,
  limit,
  window: "1m",
  redis: `redis://127.0.0.1:${redisPort}`,
});
const { signal } = new AbortController();
await startLimiter(settings, { log, signal });
