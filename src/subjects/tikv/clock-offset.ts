/** How far clocks are from the observer's: each component's own by the dates of its answers, and that of PD's leader by the heartbeats that it dates, too. */

import { medianOf } from "../../core/system/series-math.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { TikvObservation } from "./observation.ts";

/** Clocks as far as they are known. */
export interface Clocks {
  /** Milliseconds from the observer's clock, at least so far from 0. */
  readonly offsetsMs: ReadonlyMap<ComponentId, number>;
  /** The offset in the middle of those that date their answers: where it is not 0, the observer's own clock is off. */
  readonly usualMs: number;
}

/** Seconds between two heartbeats of a store, and as much again for one that is late. */
const HEARTBEAT_MS = 20_000;

/** The clocks of all that answered. */
export function clocksOf({ members, status, stores }: Pick<TikvObservation, "members" | "status" | "stores">): Clocks {
  const { pds = [], leader: leading } = "value" in members ? members.value : {};
  const answers = [...pds, ...("value" in status ? status.value : [])];
  const offsetsMs = new Map(
    answers.flatMap(({ component, status }): [ComponentId, number][] =>
      "value" in status && status.value.clockOffsetMs !== undefined ? [[component, status.value.clockOffsetMs]] : [],
    ),
  );
  const usualMs = medianOf([...offsetsMs.values()]) ?? 0;
  const leader = pds.find(({ name }) => name !== undefined && name === leading);
  const byHeartbeatsMs = leader && heartbeatOffsetMs({ stores });
  if (leader && byHeartbeatsMs !== undefined) {
    // A proxy in between may date answers by a clock of its own.
    const byDateMs = offsetsMs.get(leader.component) ?? 0;
    offsetsMs.set(leader.component, Math.abs(byDateMs) > Math.abs(byHeartbeatsMs) ? byDateMs : byHeartbeatsMs);
  }
  return { offsetsMs, usualMs };
}

/**
 * Milliseconds, at least so far from 0: PD dates each store's last heartbeat by its own clock, and calls a store `Up` while
 * that is less than 20 seconds ago. A heartbeat in the future, or one long past of a store that is `Up`, shows the clock.
 * `undefined` where nothing dated was read.
 */
function heartbeatOffsetMs({ stores }: Pick<TikvObservation, "stores">): number | undefined {
  if ("failed" in stores) return undefined;
  const newest = stores.value.flatMap(({ state, lastHeartbeatMs }) =>
    state === "Up" && lastHeartbeatMs !== undefined ? [lastHeartbeatMs] : [],
  );
  if (newest.length === 0) return undefined;
  const aheadMs = Math.max(...newest) - stores.atMs;
  if (aheadMs > 0) return aheadMs;
  return aheadMs < -HEARTBEAT_MS ? aheadMs + HEARTBEAT_MS : 0;
}
