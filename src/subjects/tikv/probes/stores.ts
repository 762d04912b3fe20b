/** Reads PD's register of stores. At 1,000 stores one reading costs PD up to half a second of a core. */

import { leaderAddress } from "../leader.ts";
import { probe } from "../observation.ts";

/** Every store that PD has registered, as PD sees it. */
export const stores = probe("stores", {
  everyMs: 10_000,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  after: ["members"],
  read: ({ pd }, { readings, signal }) => pd.leadBy(leaderAddress(readings.members)).stores(signal),
});
