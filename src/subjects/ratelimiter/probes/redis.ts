/** Asks Redis itself, past the nodes. */

import { probe } from "../observation.ts";

/** What Redis says of itself, by its `INFO`. */
export const redis = probe("redis", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs,
  read: ({ redis }, { signal }) => redis.read(signal),
});
