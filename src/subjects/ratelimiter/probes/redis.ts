/** Reads Redis directly, not through the nodes. */

import { lostKeysOf } from "../client/lost-keys.ts";
import { withSteps } from "../client/redis-primaries.ts";
import { probe } from "../observation.ts";

/** The state of Redis from `INFO`, and steps of its clocks. */
export const redis = probe("redis", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs,
  async read({ redis }, { signal, previous, atMs }) {
    const reading = await redis.read(signal);
    const primaries = withSteps(reading.primaries ?? [], previous?.value.primaries, atMs);
    return { ...reading, primaries, lostKeys: lostKeysOf(reading, previous?.value) };
  },
});
