/** Reads how many regions there are, and the first of those with which something is wrong; never all of them. */

import type { PdClient, RegionCheck } from "../client/pd-client.ts";
import { leaderAddress } from "../leader.ts";
import { probe, type RegionList } from "../observation.ts";

/** Regions kept of each list. */
const KEPT = 20;

/** Regions by what is wrong with them. Each list is read up to a byte cap: PD gives all of it or nothing. */
export const regions = probe("regions", {
  everyMs: 5000,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  after: ["members"],
  async read(client, { readings, signal }) {
    const pd = client.pd.leadBy(leaderAddress(readings.members));
    const list = (check: RegionCheck): Promise<RegionList> => listOf(pd, check, signal);
    const count = await pd.regionCount(signal);
    // One after the other: each may be longer than what is read of it, and PD holds all of one while it sends it.
    const checks = {
      "miss-peer": await list("miss-peer"),
      "down-peer": await list("down-peer"),
      "pending-peer": await list("pending-peer"),
      "extra-peer": await list("extra-peer"),
      "offline-peer": await list("offline-peer"),
    };
    return { count, checks };
  },
});

async function listOf(pd: PdClient, check: RegionCheck, signal: AbortSignal): Promise<RegionList> {
  const { items, isWhole } = await pd.regionsOf(check, signal);
  return { count: items.length, isWhole, first: items.slice(0, KEPT) };
}
