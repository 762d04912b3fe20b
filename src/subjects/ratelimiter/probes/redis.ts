/** Reads Redis directly, not through the nodes. */

import { withSteps } from "../client/redis-primaries.ts";
import { probe } from "../observation.ts";

/** The state of Redis from `INFO`, and steps of its clocks. */
export const redis = probe("redis", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs,
  async read({ redis }, { signal, previous, atMs }) {
    const reading = await redis.read(signal);
    return { ...reading, primaries: withSteps(reading.primaries ?? [], previous?.value.primaries, atMs) };
  },
});
