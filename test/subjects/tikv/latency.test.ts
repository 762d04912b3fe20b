import { expect, test } from "bun:test";
import { writeLatency } from "../../../src/subjects/tikv/invariants/latency.ts";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import type { ReadStore, TikvObservation } from "../../../src/subjects/tikv/observation.ts";
import { aReadStore } from "./read-store.ts";

const SILENT: StoreMetrics = { unreachablePerSecond: {}, busy: [], pools: [] };

test.each([
  ["slow writes", { leaderCount: 9 }, { ...SILENT, writeP99Seconds: 3 }, "violated slow"],
  [
    "slow writes of a store whose leaders have just left",
    { leaderCount: 0 },
    { ...SILENT, writeP99Seconds: 3 },
    "violated slow",
  ],
  ["no traffic of one that leads regions", { leaderCount: 9 }, SILENT, "unknown no-traffic"],
  ["one that leads none, such as a drained one", { leaderCount: 0 }, SILENT, "holds leads-nothing"],
  ["one of which PD has not heard", { leaderCount: 0, state: "Disconnected" }, SILENT, "unknown no-traffic"],
  ["one of which PD was not asked", { leaderCount: 0, state: "Unread" }, SILENT, "unknown no-traffic"],
] as const)("write-latency by what a store serves: %s", (_what, store, metrics, wanted) => {
  const judgements = writeLatency.judge(observed(store, metrics), {
    thresholds: { p99Seconds: 1 },
    previous: {},
    config: { pd: [], metricsWindow: 60_000, probeTimeout: 1000 },
    displaced: new Map(),
    atMs: 0,
    intervalMs: 0,
  });

  if ("failed" in judgements) throw new Error(judgements.failed);
  expect(judgements.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([wanted]);
});

function observed(shown: Partial<ReadStore>, metrics: StoreMetrics): TikvObservation {
  const store = aReadStore(shown);
  const unread = { failed: "not asked", outcome: "failed", atMs: 0 } as const;
  return {
    members: unread,
    stores: unread,
    status: { value: [{ component: "store/1", store, status: { value: { answered: true } } }], atMs: 0 },
    regions: unread,
    hotspots: unread,
    scheduling: unread,
    metrics: { value: { stores: { "a:2": metrics }, pds: {} }, atMs: 0 },
  };
}
