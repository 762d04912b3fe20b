import { expect, test } from "bun:test";
import { serverBusy } from "../../../src/subjects/tikv/invariants/server-busy.ts";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import type { StoreReading, TikvObservation } from "../../../src/subjects/tikv/observation.ts";

const NOTHING: StoreMetrics = { unreachablePerSecond: {}, busy: [], pools: [] };

test.each([
  ["requests that are refused", { ...NOTHING, tooBusyPerSecond: 3 }, "violated refuses"],
  ["a channel that is full", { ...NOTHING, channelFullPerSecond: 1 }, "violated channel-full"],
  ["a part that says so", { ...NOTHING, busy: ["raftstore_busy"] }, "violated busy"],
  ["nothing", NOTHING, "holds serves"],
])("server-busy is told by %s", (_what, metrics, wanted) => {
  const judgements = serverBusy.judge(observed(metrics), {
    thresholds: { refusedPerSecond: 0.5 },
    previous: {},
    config: { pd: [], metricsWindow: 60_000, probeTimeout: 1000 },
    displaced: new Map(),
    atMs: 0,
    intervalMs: 0,
  });

  expect("failed" in judgements ? judgements : judgements.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual(
    [wanted],
  );
});

function observed(metrics: StoreMetrics): TikvObservation {
  const store: StoreReading["store"] = {
    id: "1",
    address: "a:1",
    statusAddress: "a:2",
    version: "8.5.7",
    labels: {},
    state: "Up",
    isDestroyed: false,
    leaderCount: 0,
    leaderWeight: 1,
    regionCount: 0,
    regionWeight: 1,
    pendingPeerCount: 0,
    isBusy: false,
  };
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
