/** Reads what each store serves, and its hottest regions, from PD's hot cache. */

import { leadingPd } from "../leader.ts";
import { probe } from "../observation.ts";

/** Flow per store and the regions in the hot cache. Presence in the cache is no alarm: its threshold is 1 KiB/s. */
export const hotspots = probe("hotspots", {
  everyMs: 10_000,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  after: ["members"],
  async read(client, { readings, signal }) {
    const pd = leadingPd(client, readings.members);
    const [write, read] = await Promise.all([pd.hotspots("write", signal), pd.hotspots("read", signal)]);
    return { write, read };
  },
});
