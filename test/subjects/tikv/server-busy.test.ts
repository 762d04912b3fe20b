import { expect, test } from "bun:test";
import { serverBusy } from "../../../src/subjects/tikv/invariants/server-busy.ts";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import type { TikvObservation } from "../../../src/subjects/tikv/observation.ts";
import { aReadStore } from "./read-store.ts";

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
  const store = aReadStore();
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
