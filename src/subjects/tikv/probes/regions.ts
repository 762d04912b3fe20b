/**
 * Reads how many regions there are, and the first of those with which something is wrong; never all of them. PD makes the whole
 * of a list before it sends the first byte, and has no shorter one: what is longer than a few thousand is only counted.
 */

import type { PdClient, RegionCheck } from "../client/pd-client.ts";
import { leadingPd } from "../leader.ts";
import { probe, type RegionList } from "../observation.ts";

/** Regions kept of each list. */
const KEPT = 20;

/** Regions of one kind by PD's own metrics up to which it is asked which they are: some 450 bytes each, and its CPU. */
const LISTED_UP_TO = 5000;

/** Milliseconds of PD's CPU that a region in a list costs at most, as recorded of PD v8.5.7. */
const COST_MS = 0.03;

/** Share of a core of PD that its lists may take. */
const SHARE = 1 / 100;

/** How long PD rests after a reading that did not come to an end, as a multiple of what it took. */
const REST_AFTER_FAILURE = 15;

const LONGEST_REST_MS = 600_000;

/** Regions by what is wrong with them. Each list is read up to a byte cap: PD gives all of it or nothing. */
export const regions = probe("regions", {
  everyMs: 5000,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  restMs({ value, elapsedMs }) {
    const listed =
      value && Object.values(value.checks).reduce((sum, list) => sum + (list.isListed ? list.count : 0), 0);
    const restMs = listed === undefined ? elapsedMs * REST_AFTER_FAILURE : (listed * COST_MS) / SHARE;
    return Math.min(restMs, LONGEST_REST_MS);
  },
  after: ["members", "metrics"],
  async read(client, { readings, signal }) {
    const pd = leadingPd(client, readings.members);
    const { metrics } = readings;
    const counted = "value" in metrics ? metrics.value.regions : undefined;
    const list = async (check: RegionCheck): Promise<RegionList> => {
      const count = counted?.[`${check}-region-count`] ?? 0;
      return count > LISTED_UP_TO
        ? { count, isListed: false, isWhole: false, first: [] }
        : await listOf(pd, check, signal);
    };
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
  const { items, isWhole, count = items.length } = await pd.regionsOf(check, signal);
  return { count, isListed: true, isWhole, first: items.slice(0, KEPT) };
}
