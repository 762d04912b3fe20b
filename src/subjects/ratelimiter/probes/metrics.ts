/** Reads recent figures of the nodes' metrics from Prometheus or the recorder. */

import { readMetrics } from "../client/node-metrics.ts";
import { probe } from "../observation.ts";

/** Rates and quantiles of each node's last seconds. */
export const metrics = probe("metrics", {
  everyMs: 500,
  timeoutMs: 5000,
  source: "metrics",
  read: (_client, { series, signal }) => readMetrics(series, signal),
});
