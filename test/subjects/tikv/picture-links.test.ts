import { expect, test } from "bun:test";
import type { StoreMetrics } from "../../../src/subjects/tikv/metrics/read-metrics.ts";
import type { StoreReading, TikvObservation } from "../../../src/subjects/tikv/observation.ts";
import { linksOf } from "../../../src/subjects/tikv/picture-links.ts";
import { aReadStore } from "./read-store.ts";

const AT_MS = 1_800_000_000_000;
const UNREAD = { failed: "not asked", outcome: "failed", atMs: AT_MS } as const;
const NOTHING_READ: TikvObservation = {
  members: UNREAD,
  stores: UNREAD,
  status: UNREAD,
  regions: UNREAD,
  hotspots: UNREAD,
  scheduling: UNREAD,
  metrics: UNREAD,
};
const READ: StoreMetrics = { unreachablePerSecond: {}, busy: [], pools: [], cpuRatio: 0.1 };
const IDS = ["1", "4", "5"] as const;

test("linksOf() says nothing of the ways of a store that was not read twice within the window", () => {
  const { cpuRatio: _cpuRatio, ...unread } = READ;

  const links = raftLinks({ "1": READ, "4": unread, "5": READ });

  expect(links.filter(({ from }) => from === "store/4").map(({ state }) => state)).toEqual(["unknown", "unknown"]);
  expect(links.filter(({ from }) => from === "store/1").map(({ state }) => state)).toEqual(["up", "up"]);
});

test.each([
  ["late", AT_MS - 500, AT_MS - 4000],
  ["none", AT_MS - 9000, undefined],
] as const)(
  "linksOf() says %s of all ways of a store that has lost all others",
  (answers, receivedAtMs, passedAtMs) => {
    const loss = { sinceMs: AT_MS - 8000, count: 4, countedAtMs: AT_MS - 1000, ...(passedAtMs && { passedAtMs }) };
    const lost: StoreMetrics = {
      ...READ,
      unreachablePerSecond: { 1: 0.5, 5: 0.5 },
      arrivals: { received: 900, receivedAtMs, lost: { 1: loss, 5: loss } },
    };
    const others: StoreMetrics = { ...READ, unreachablePerSecond: { 4: 0.5 } };

    const links = raftLinks({ "1": others, "4": lost, "5": others });

    const broken = links.filter(({ state }) => state === "down");
    expect(broken.map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual([
      "store/1 store/4",
      "store/4 store/1",
      "store/4 store/5",
      "store/5 store/4",
    ]);
    expect(new Set(broken.map((link) => link.answers))).toEqual(new Set([answers]));
  },
);

test("linksOf() says of a member of PD that answers the observer and not the leader that nothing comes back over its way there", () => {
  const pd = (name: string, isAnswering = true) => ({
    component: `pd/${name}` as const,
    address: `${name}:1`,
    name,
    status: isAnswering
      ? { value: { version: "8.5.7", startedAtMs: 1 } }
      : ({ failed: "no answer", outcome: "timed-out" } as const),
  });
  const pds = [pd("pd0"), pd("pd1"), pd("pd2"), pd("pd3", false)];
  const health = pds.map(({ name }) => ({ name, clientUrls: [], isHealthy: name === "pd0" || name === "pd2" }));
  const shown = (all: typeof pds) => {
    const value = { pds: all, view: UNREAD, health: { value: health }, leader: "pd0" };
    const status = { value: [], atMs: AT_MS };
    const observation = { ...NOTHING_READ, members: { value, atMs: AT_MS }, status };
    const links = linksOf(observation, { metricsWindow: 10_000 }).filter(({ kind }) => kind === "peer");
    return links.map(({ from, to, state, answers = "in time" }) => `${from} ${to} ${state} ${answers}`);
  };

  expect(shown(pds)).toEqual(["pd/pd1 pd/pd0 down none", "pd/pd2 pd/pd0 up in time", "pd/pd3 pd/pd0 unknown in time"]);
  expect(shown([pd("pd0", false), ...pds.slice(1)])).toEqual([]);
});

function raftLinks(metrics: Readonly<Record<(typeof IDS)[number], StoreMetrics>>) {
  const stores = Object.fromEntries(IDS.map((id) => [`a:${id}`, metrics[id]]));
  const observation: TikvObservation = {
    ...NOTHING_READ,
    status: { value: IDS.map(storeOf), atMs: AT_MS },
    metrics: { value: { stores, pds: {} }, atMs: AT_MS },
  };
  return linksOf(observation, { metricsWindow: 10_000 }).filter(({ kind }) => kind === "raft");
}

function storeOf(id: string): StoreReading {
  return {
    component: `store/${id}`,
    store: aReadStore({ id, address: `b:${id}`, statusAddress: `a:${id}` }),
    status: { value: { answered: true } },
  };
}
