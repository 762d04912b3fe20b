import { expect, test } from "bun:test";
import { clock } from "../../../src/subjects/tikv/invariants/clock.ts";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import { model } from "../../../src/subjects/tikv/model.ts";
import type { MembersReading, StoreReading, TikvObservation } from "../../../src/subjects/tikv/observation.ts";
import { aReadStore } from "./read-store.ts";

const AT_MS = 1_800_000_000_000;
const NOTHING: StoreMetrics = { unreachablePerSecond: {}, busy: [], pools: [] };
const UNREAD = { failed: "not asked", outcome: "failed", atMs: AT_MS } as const;
const CONFIG = { pd: [], metricsWindow: 60_000, probeTimeout: 1000 };

/** Offsets in milliseconds by component; `undefined` of one that does not date its answers. */
interface Offsets {
  readonly pd0?: number | undefined;
  readonly pd1?: number | undefined;
  readonly 1?: number | undefined;
  readonly 4?: number | undefined;
  readonly 5?: number | undefined;
}

const AGREEING: Offsets = { pd0: 0, pd1: 0, 1: 0, 4: 0, 5: 0 };

test("clocks that agree hold, and the picture shows them", () => {
  expect(violated(AGREEING)).toEqual([]);
  const picture = model(observed(AGREEING, {}), { config: CONFIG, atMs: AT_MS });

  expect(picture.components.filter(({ clockOffsetMs }) => clockOffsetMs === 0).map(({ id }) => id)).toEqual([
    "pd/pd0",
    "pd/pd1",
    "store/1",
    "store/4",
    "store/5",
  ]);
});

test.each([
  ["a store that is ahead", { 4: 30_000 }, ["store/4 ahead: its clock is at least 30s ahead of the observer's"]],
  ["a store that is behind", { 5: -30_000 }, ["store/5 behind: its clock is at least 30s behind the observer's"]],
  ["a PD that does not lead", { pd1: 9000 }, ["pd/pd1 ahead: its clock is at least 9s ahead of the observer's"]],
  ["a second or two", { 4: 1900, pd1: -1500 }, []],
])("%s is named by its own answer", (_what, off, wanted) => {
  expect(violated({ ...AGREEING, ...off })).toEqual(wanted);
});

test("an observer whose own clock is off is held against PD's leader alone, and no store is blamed", () => {
  expect(violated({ pd0: 29_000, pd1: 28_200, 1: 29_900, 4: 28_600, 5: 29_000 })).toEqual([
    "pd/pd0 ahead: its clock is at least 29s ahead of the observer's",
  ]);
});

test("a store that is off as well as the observer is held against the others", () => {
  expect(violated({ pd0: 29_000, pd1: 28_200, 1: 29_900, 4: -31_000, 5: 29_000 })).toContain(
    "store/4 behind: its clock is at least 1m behind most others'",
  );
});

test("timestamps that are old are no clock that is ahead where the store's own agrees", () => {
  const gap = { ...NOTHING, resolvedGapMs: 90_000 };

  expect(violated(AGREEING, { "a:4": gap })).toEqual([
    "store/4 old-timestamps: 1m30s between its clock and the timestamps that it serves",
  ]);
  expect(violated({ ...AGREEING, 4: undefined }, { "a:4": gap })).toEqual([
    "store/4 ahead: 1m30s between its clock and the timestamps that it serves",
  ]);
});

test("clocks are read where PD has no quorum and nobody knows the stores or their metrics", () => {
  const seen = observed({ ...AGREEING, pd1: 40_000 }, {});

  expect(violatedIn({ ...seen, stores: UNREAD, metrics: UNREAD })).toEqual([
    "pd/pd1 ahead: its clock is at least 40s ahead of the observer's",
  ]);
  expect(violatedIn({ ...seen, stores: UNREAD, metrics: UNREAD, status: UNREAD })).toHaveLength(1);
});

/** What is violated, without thresholds. */
function violated(offsets: Offsets, stores: Readonly<Record<string, StoreMetrics>> = {}): readonly string[] {
  return violatedIn(observed(offsets, stores));
}

function violatedIn(observation: TikvObservation): readonly string[] {
  const judgements = clock.judge(observation, {
    thresholds: { offsetMs: 2000, resolvedGapMs: 60_000 },
    previous: {},
    config: CONFIG,
    displaced: new Map(),
    atMs: AT_MS,
    intervalMs: 0,
  });
  if ("failed" in judgements) throw new Error(judgements.failed);
  return judgements.flatMap(({ entity, verdict, reason, summary }) => {
    if (verdict !== "violated") return [];
    return [`${entity} ${reason}${summary.slice(entity.length).replace(/ \(threshold.*\)$/, "")}`];
  });
}

function observed(offsets: Offsets, stores: Readonly<Record<string, StoreMetrics>>): TikvObservation {
  const members: MembersReading = {
    pds: (["pd0", "pd1"] as const).map((name) => ({
      component: `pd/${name}`,
      address: `${name}:2379`,
      name,
      status: { value: { version: "8.5.7", startedAtMs: 0, ...dated(offsets[name]) } },
    })),
    view: UNREAD,
    health: UNREAD,
    leader: "pd0",
  };
  return {
    members: { value: members, atMs: AT_MS },
    stores: { value: [], atMs: AT_MS },
    status: { value: ([1, 4, 5] as const).map((id) => storeOf(id, offsets[id])), atMs: AT_MS },
    regions: UNREAD,
    hotspots: UNREAD,
    scheduling: UNREAD,
    metrics: { value: { stores, pds: {} }, atMs: AT_MS },
  };
}

function storeOf(id: number, offsetMs: number | undefined): StoreReading {
  return {
    component: `store/${id}`,
    store: aReadStore({ id: `${id}`, address: `b:${id}`, statusAddress: `a:${id}` }),
    status: { value: { answered: true, ...dated(offsetMs) } },
  };
}

function dated(clockOffsetMs: number | undefined): { readonly clockOffsetMs?: number } {
  return clockOffsetMs === undefined ? {} : { clockOffsetMs };
}
