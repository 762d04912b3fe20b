import { describe, expect, test } from "bun:test";
import { hotSpot } from "../../../src/subjects/tikv/invariants/hot-spot.ts";
import { keptOff, keptOffText } from "../../../src/subjects/tikv/kept-off.ts";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import type { TikvObservation } from "../../../src/subjects/tikv/observation.ts";
import { aReadStore } from "./read-store.ts";

interface Given {
  readonly evicted?: readonly string[];
  readonly weights?: readonly number[];
  readonly slowScores?: readonly number[];
  /** Place of a store that counts no requests. */
  readonly uncounted?: number;
}

describe("hot-spot: one store serves everything", () => {
  const ONE_STORE = "violated one-store on store/1";
  const KEPT_OFF = "violated leaders-kept-off on cluster/tikv";

  test.each<[string, Given, string]>([
    ["all may lead", {}, ONE_STORE],
    ["one of the others may lead", { evicted: ["2"] }, ONE_STORE],
    ["one of the others may lead, and the drained one counts no requests", { evicted: ["2"], uncounted: 1 }, ONE_STORE],
    ["leaders are evicted from all others", { evicted: ["2", "3"] }, KEPT_OFF],
    ["one is evicted, the other has a weight of 0", { evicted: ["3"], weights: [1, 0, 1] }, KEPT_OFF],
    ["one of those that are evicted is slow itself", { evicted: ["2", "3"], slowScores: [1, 100, 1] }, ONE_STORE],
  ])("%s", (_what, given, wanted) => {
    const judgements = hotSpot.judge(observed(given), {
      thresholds: { shareRatio: 0.7, queriesPerSecond: 50 },
      previous: {},
      config: { pd: [], metricsWindow: 60_000, probeTimeout: 1000 },
      displaced: new Map(),
      atMs: 0,
      intervalMs: 0,
    });

    const [first] = "failed" in judgements ? [] : judgements;
    expect(`${first?.verdict} ${first?.reason} on ${first?.on}`).toBe(wanted);
  });
});

test("keptOffText() names first those that an action can let lead again", () => {
  const { status, metrics } = observed({ evicted: ["3"], weights: [1, 0, 1] });
  const all = "value" in status && "value" in metrics ? { status: status.value, metrics: metrics.value } : undefined;

  const kept = keptOff(all?.status ?? [], { evicted: ["3"], metrics: all?.metrics });

  expect(keptOffText(kept)).toBe("store/3, store/2 (leader weight 0)");
});

function observed({ evicted = [], weights = [], slowScores = [], uncounted }: Given): TikvObservation {
  const unread = { failed: "not asked", outcome: "failed", atMs: 0 } as const;
  const stores = [1, 2, 3].map((id, at) =>
    aReadStore({ id: `${id}`, statusAddress: `a:${id}`, leaderWeight: weights[at] ?? 1 }),
  );
  const status = stores.map((store) => ({
    component: `store/${store.id}` as const,
    store,
    status: { value: { answered: true } } as const,
  }));
  const metrics = stores.map(({ statusAddress }, at): [string, StoreMetrics] => [
    statusAddress,
    {
      unreachablePerSecond: {},
      busy: [],
      pools: [],
      ...(at !== uncounted && { queriesPerSecond: at === 0 ? 200 : 0 }),
      slowScore: slowScores[at] ?? 1,
    },
  ]);
  return {
    members: unread,
    stores: unread,
    status: { value: status, atMs: 0 },
    regions: unread,
    hotspots: { value: { write: [], read: [] }, atMs: 0 },
    scheduling: {
      value: {
        evicted,
        schedulers: [],
        paused: [],
        operators: [],
        schedule: {
          "leader-schedule-limit": 4,
          "region-schedule-limit": 4,
          "replica-schedule-limit": 4,
          "max-store-down-time": 1_800_000,
          "low-space-ratio": 0.8,
        },
        replicate: { "max-replicas": 3, "location-labels": "", "enable-placement-rules": true },
        isInitialized: true,
      },
      atMs: 0,
    },
    metrics: { value: { stores: Object.fromEntries(metrics), pds: {} }, atMs: 0 },
  };
}
