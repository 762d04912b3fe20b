/** Reads what the metrics of stores and PD came to lately from whatever keeps their past. */

import { readAddress } from "../../../io/address.ts";
import { freeMemory } from "../../../io/system/memory.ts";
import { readMetrics } from "../metrics/read-metrics.ts";
import { probe } from "../observation.ts";

/** Stores from which the answers that were taken apart are freed before anything is judged: some 50 MB at 1,000. */
const MANY_STORES = 500;

/** Rates, quantiles and levels of each store, and PD's own counts. */
export const metrics = probe("metrics", {
  everyMs: 1000,
  timeoutMs: 8000,
  source: "metrics",
  async read({ config: { prometheus, metricsWindow: overMs } }, { series, signal, atMs, previous }) {
    const metrics = await readMetrics({ series, signal, atMs, overMs, previous: previous?.value });
    if (Object.keys(metrics.stores).length > MANY_STORES) freeMemory();
    return { ...metrics, ...(prometheus !== undefined && { keeper: readAddress(prometheus).printable }) };
  },
});
