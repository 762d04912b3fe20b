/** Counters that live for ever. */

import { ProbeError } from "../../../core/text/errors.ts";
import { NOTHING_FOUND, searchOn } from "../keys/lasting-keys.ts";
import { probe } from "../observation.ts";

/** Reads Redis further only while there are more keys without expiry than are explained. */
export const lasting = probe("lasting", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs,
  after: ["redis"],
  async read({ redis }, { previous, readings, signal }) {
    if ("failed" in readings.redis) throw new ProbeError(readings.redis.failed, { outcome: readings.redis.outcome });
    return await searchOn(previous?.value ?? NOTHING_FOUND, readings.redis.value.keysWithoutExpiry, { redis, signal });
  },
});
