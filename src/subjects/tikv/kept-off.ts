/** Stores that could lead regions and may not, because somebody has told PD so. */

import type { ComponentId } from "../../core/words/ids.ts";
import type { StoreReading, TikvReadings } from "./observation.ts";

/** The label of the cluster that lists them, and the reason of what comes of it. */
export const KEPT_OFF = "leaders-kept-off";

/** Slow score from which a store is kept from leading for a reason of its own. */
const SLOW_SCORE = 10;

/** One that may not lead. */
export interface KeptOff {
  readonly component: ComponentId;
  /** By the scheduler that evicts leaders, or by a weight of 0. */
  readonly by: "scheduler" | "weight";
}

/** Those that answer and are fast, from which PD keeps all leaders; those first that are evicted. */
export function keptOff(
  status: readonly StoreReading[],
  { evicted, metrics }: { readonly evicted: readonly string[]; readonly metrics: TikvReadings["metrics"] | undefined },
): readonly KeptOff[] {
  const kept = status.flatMap(({ component, store, status: answer }): readonly KeptOff[] => {
    const score = metrics?.stores[store.statusAddress]?.slowScore ?? store.slowScore ?? 1;
    if ("failed" in answer || store.state !== "Up" || score >= SLOW_SCORE) return [];
    if (evicted.includes(store.id)) return [{ component, by: "scheduler" }];
    return store.leaderWeight === 0 ? [{ component, by: "weight" }] : [];
  });
  return kept.toSorted((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0));
}

/** As it stands in the label. */
export function keptOffText(kept: readonly KeptOff[]): string {
  return kept.map(({ component, by }) => (by === "weight" ? `${component} (leader weight 0)` : component)).join(", ");
}
