/** Reads what PD is doing, and what it was told to do. */

import { leadingPd } from "../leader.ts";
import { probe } from "../observation.ts";

/** Schedulers, operators under way and the settings that bound them. */
export const scheduling = probe("scheduling", {
  everyMs: 5000,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  after: ["members"],
  async read(client, { readings, signal }) {
    const pd = leadingPd(client, readings.members);
    const [schedulers, paused, operators, schedule, replicate, { isInitialized }] = await Promise.all([
      pd.schedulers(signal),
      pd.pausedSchedulers(signal),
      pd.operators(signal),
      pd.scheduleConfig(signal),
      pd.replicateConfig(signal),
      pd.clusterStatus(signal),
    ]);
    const evicted = await pd.evictedStores(schedulers, signal);
    return {
      evicted,
      schedulers: schedulers.toSorted(),
      paused: paused.toSorted(),
      operators,
      schedule,
      replicate,
      isInitialized,
    };
  },
});
