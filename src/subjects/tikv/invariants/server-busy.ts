/** Judges whether a store refuses requests because it is busy: `ServerIsBusy` is an error of gRPC, and no line of the log. */

import { invariant } from "../observation.ts";
import { eachStore, known, METRIC_REASONS, type Said, thresholdOf } from "./each-store.ts";

/** No store refuses requests because its scheduler, raftstore or apply is too busy, or a channel is full. */
export const serverBusy = invariant({
  id: "server-busy",
  severity: "critical",
  symptom: "errors",
  graceMs: 60_000,
  rationale: "Clients retry what a busy store refuses, which adds to its load.",
  needs: ["status", "metrics"],
  thresholds: { refusedPerSecond: { default: 0.5, description: "Maximum requests per second that are refused." } },
  reasons: ["serves", "refuses", "busy", "channel-full", ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(readings, ({ reading: { component }, metrics }): Said<"serves" | "refuses" | "busy" | "channel-full"> => {
      const { tooBusyPerSecond, refusedBusyPerSecond, channelFullPerSecond, busy } = metrics;
      const refused = (tooBusyPerSecond ?? 0) + (refusedBusyPerSecond ?? 0);
      const threshold = thresholdOf(thresholds, "refusedPerSecond");
      const evidence = known({
        refusedPerSecond: refused,
        refusedPerSecondThreshold: threshold,
        channelFullPerSecond,
        busy: busy.join(", "),
      });
      if (refused > threshold) {
        const summary = `${component}: ${refused.toFixed(1)} requests per second refused with "server is busy" (threshold ${threshold})`;
        return { verdict: "violated", reason: "refuses", summary, evidence };
      }
      if ((channelFullPerSecond ?? 0) > 0) {
        return {
          verdict: "violated",
          reason: "channel-full",
          summary: `${component}: internal messages are dropped because a channel is full`,
          evidence,
        };
      }
      if (busy.length > 0) {
        return { verdict: "violated", reason: "busy", summary: `${component}: ${busy.join(", ")}`, evidence };
      }
      return { verdict: "holds", reason: "serves", summary: `${component} refuses no requests`, evidence };
    }),
});
