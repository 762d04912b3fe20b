/** Judges how long reads and writes take within each store, by the figures on which the official alerts rest. */

import { formatQuantity } from "../../../core/text/units.ts";
import { invariant } from "../observation.ts";
import { atMost, eachStore, LEADS_NOTHING, METRIC_REASONS, thresholdOf } from "./each-store.ts";

const seconds = (value: number): string => formatQuantity(value, "seconds");

/** Ninety-nine of a hundred writes are applied in time. Alert `TiKV_async_request_write_duration_seconds`. */
export const writeLatency = invariant({
  id: "write-latency",
  severity: "critical",
  symptom: "slow",
  graceMs: 60_000,
  rationale: "A write is acknowledged when a majority has it on disk and it is applied: every client waits for that.",
  needs: ["status", "metrics"],
  thresholds: { p99Seconds: { default: 1, description: "Maximum p99 of writes in seconds." } },
  reasons: ["fast", "slow", LEADS_NOTHING, ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(readings, ({ reading, metrics }) => {
      const threshold = thresholdOf(thresholds, "p99Seconds");
      const bound = { name: "p99 write latency", value: metrics.writeP99Seconds, threshold, format: seconds };
      return atMost(reading, { ...bound, evidence: "p99Seconds" }, { holds: "fast", violated: "slow" });
    }),
});

/** Ninety-nine of a hundred reads get their snapshot in time. Alert `TiKV_async_request_snapshot_duration_seconds`. */
export const readLatency = invariant({
  id: "read-latency",
  severity: "critical",
  symptom: "slow",
  graceMs: 60_000,
  rationale: "A read waits for a snapshot of its region: for the leader's lease, or for a round trip to the followers.",
  needs: ["status", "metrics"],
  thresholds: { p99Seconds: { default: 1, description: "Maximum p99 of the wait for a snapshot in seconds." } },
  reasons: ["fast", "slow", LEADS_NOTHING, ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(readings, ({ reading, metrics }) => {
      const threshold = thresholdOf(thresholds, "p99Seconds");
      const bound = { name: "p99 read latency", value: metrics.snapshotP99Seconds, threshold, format: seconds };
      return atMost(reading, { ...bound, evidence: "p99Seconds" }, { holds: "fast", violated: "slow" });
    }),
});

/** Followers keep up with their leaders. Alert `TiKV_raft_log_lag`. */
export const raftLag = invariant({
  id: "raft-lag",
  severity: "critical",
  symptom: "slow",
  graceMs: 60_000,
  rationale: "A follower that is far behind cannot take over, and needs a snapshot once the log is truncated.",
  needs: ["status", "metrics"],
  thresholds: {
    p99EntriesCount: { default: 5000, description: "Maximum p99 of log entries that a follower is behind." },
  },
  reasons: ["close", "behind", LEADS_NOTHING, ...METRIC_REASONS],
  check: (readings, { thresholds }) =>
    eachStore(readings, ({ reading, metrics }) => {
      const threshold = thresholdOf(thresholds, "p99EntriesCount");
      const bound = { name: "p99 Raft log lag", value: metrics.logLagP99Entries, threshold, format: entries };
      return atMost(reading, { ...bound, evidence: "p99EntriesCount" }, { holds: "close", violated: "behind" });
    }),
});

function entries(value: number): string {
  return `${Math.round(value)} entries`;
}
