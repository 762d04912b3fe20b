/** Which region is asked for most, by PD's hot cache. */

import type { Hotspots } from "./client/pd-replies.ts";

/** A region in the hot cache, with its flow per second. */
export type HotRegion = Hotspots[number]["regions"][number];

/** The hottest region of all stores, or of one; PD notes a region after three heartbeats, until then none is named. */
export function hottestOf(
  { write, read }: { readonly write: Hotspots; readonly read: Hotspots },
  storeId?: string,
): HotRegion | undefined {
  const stores = [...write, ...read].filter((store) => storeId === undefined || store.storeId === storeId);
  const regions = stores.flatMap((store) => store.regions);
  return regions.toSorted((a, b) => b.queriesPerSecond - a.queriesPerSecond || b.bytesPerSecond - a.bytesPerSecond)[0];
}
