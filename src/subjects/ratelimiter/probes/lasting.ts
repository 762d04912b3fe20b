/** Counters without expiry. */

import { ProbeError } from "../../../core/text/errors.ts";
import { searchOn } from "../keys/lasting-keys.ts";
import { probe } from "../observation.ts";

/** Continues to search only while there are more keys without expiry than known ones, or while their number is unknown. */
export const lasting = probe("lasting", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs,
  after: ["redis"],
  async read({ redis }, { previous, readings, signal }) {
    if ("failed" in readings.redis)
      throw new ProbeError(readings.redis.failed, { outcome: readings.redis.outcome, word: readings.redis.word });
    return await searchOn(previous?.value, readings.redis.value.keysWithoutExpiry, { redis, signal });
  },
});
