/** How far the clock of PD's leader is from the observer's, by the heartbeats that it dates. */

import type { TikvObservation } from "./observation.ts";

/** Seconds between two heartbeats of a store, and as much again for one that is late. */
const HEARTBEAT_MS = 20_000;

/**
 * Milliseconds, at least so far from 0: PD dates each store's last heartbeat by its own clock, and calls a store `Up` while
 * that is less than 20 seconds ago. A heartbeat in the future, or one long past of a store that is `Up`, shows the clock.
 * `undefined` where nothing dated was read.
 */
export function clockOffsetMs({ stores }: Pick<TikvObservation, "stores">): number | undefined {
  if ("failed" in stores) return undefined;
  const newest = stores.value.flatMap(({ state, lastHeartbeatMs }) =>
    state === "Up" && lastHeartbeatMs !== undefined ? [lastHeartbeatMs] : [],
  );
  if (newest.length === 0) return undefined;
  const aheadMs = Math.max(...newest) - stores.atMs;
  if (aheadMs > 0) return aheadMs;
  return aheadMs < -HEARTBEAT_MS ? aheadMs + HEARTBEAT_MS : 0;
}
