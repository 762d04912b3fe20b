import { expect, test } from "bun:test";
import * as v from "valibot";
import { RateLimiterClient } from "../../../../src/subjects/ratelimiter/client/client.ts";
import { RateLimiterConfig } from "../../../../src/subjects/ratelimiter/config.ts";
import { examineKeys } from "../../../../src/subjects/ratelimiter/probes/examine-keys.ts";
import { NO_DEMAND, node, SILENT } from "../observations.ts";

test("examineKeys() counts a log of which a row cannot be read as missing, and keeps its other rows", async () => {
  const row = {
    key: "ann",
    algorithm: "gcra",
    limit: 1,
    window_ms: 1000,
    epoch_us: 0,
    bucket_us: 10,
    buckets: [[1, 2]],
  };
  using torn = serve([row, { ...row, key: 7 }]);
  using whole = serve([row]);
  const nodes = `1=127.0.0.1:${torn.port},2=127.0.0.1:${whole.port}`;
  const config = v.parse(RateLimiterConfig, { nodes, redis: "redis://127.0.0.1:1" });
  await using client = new RateLimiterClient(config);

  const { keys, logs } = await examineKeys(client, {
    keys: ["ann"],
    nodes: [node("1"), node("2")],
    redis: SILENT,
    signal: AbortSignal.timeout(5000),
  });

  expect(logs.missing).toEqual(["node/1"]);
  expect(keys[0]?.logs).toMatchObject([{ key: "ann" }, { key: "ann" }]);
});

/** A node with that admission log. */
function serve(series: readonly unknown[]) {
  const page = { redis_time_us: 7, forgotten: false, demand: NO_DEMAND, series };
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json(page) });
}
