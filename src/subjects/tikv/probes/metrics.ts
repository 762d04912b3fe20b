/** Reads what the metrics of stores and PD came to lately from whatever keeps their past. */

import { readMetrics } from "../metrics/read-metrics.ts";
import { probe } from "../observation.ts";

/** Rates, quantiles and levels of each store, and PD's own counts. */
export const metrics = probe("metrics", {
  everyMs: 1000,
  timeoutMs: 8000,
  source: "metrics",
  read: ({ config }, { series, signal, atMs }) => readMetrics({ series, signal, atMs, overMs: config.metricsWindow }),
});
