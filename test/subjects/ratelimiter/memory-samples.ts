/** A recorder's store that forgets with the test. */

import type { SeriesWindow } from "../../../src/core/system/series.ts";
import type { RecorderOptions } from "../../../src/prometheus/recorder.ts";

/** Keeps everything. */
export function memorySamples(): RecorderOptions["samples"] {
  const windows: (SeriesWindow & { points: { atMs: number; value: number }[] })[] = [];
  return {
    append: (_instance, atMs, samples) => {
      for (const { metric, labels, value } of samples) {
        const known = windows.find((window) => window.metric === metric && Bun.deepEquals(window.labels, labels));
        if (known) known.points.push({ atMs, value });
        else windows.push({ metric, labels, points: [{ atMs, value }] });
      }
    },
    query: (_instance, { metric }) => windows.filter((window) => window.metric === metric),
  };
}
