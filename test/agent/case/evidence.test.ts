import { expect, test } from "bun:test";
import {
  blindSpotsOf,
  brokenLinksOf,
  evidenceOf,
  stateChangesOf,
  touchedBy,
} from "../../../src/agent/case/evidence.ts";
import { aCase, aTicket } from "../cases.ts";

const CASE = aCase({
  tickets: [aTicket({ invariant: "shines", on: "group/hall" })],
  topology: {
    components: [],
    links: [
      { from: "lamp/1", to: "mains/1", kind: "wire" },
      { from: "lamp/9", to: "mains/9", kind: "wire" },
    ],
    groups: [{ id: "group/hall", members: ["lamp/1", "lamp/2"], minimumUp: 1 }],
  },
  picture: {
    atMs: 2000,
    components: [
      { id: "lamp/1", kind: "lamp", state: "down" },
      { id: "lamp/2", kind: "lamp", state: "unknown" },
    ],
    links: [{ from: "lamp/1", to: "mains/1", kind: "wire", state: "down" }],
    series: [],
  },
  judgements: [
    {
      invariant: "shines",
      entity: "lamp/1",
      on: "lamp/1",
      verdict: "violated",
      reason: "dark",
      summary: "Dark",
      evidence: {},
      readAtMs: 2000,
    },
  ],
  pictureBefore: {
    atMs: 1000,
    components: [{ id: "lamp/1", kind: "lamp", state: "up" }],
    links: [],
    series: [],
  },
  events: [
    {
      atMs: 1600,
      event: "violated",
      of: "lamp/1",
      invariant: "shines",
      summary: "Dark",
      said: { on: "lamp/1", from: "holds", to: "violated", reason: "dark", figures: {} },
    },
    { atMs: 1700, event: "became-unknown", of: "lamp/2", invariant: "shines", summary: "Not seen" },
  ],
  series: {
    atMs: [1, 2, 3],
    rows: [{ metric: "m", labels: {}, unit: "1", kind: "gauge", signal: "node", values: [5, null, 7] }],
  },
  sources: [{ name: "prometheus", failed: "refused" }, { name: "deployment" }],
});

test("evidenceOf() holds both looks, the one before with the verdicts of then, and points where there are values", () => {
  const { now, before, timeline, series } = evidenceOf(CASE);

  expect(now.judgements).toMatchObject([{ verdict: "violated", reason: "dark" }]);
  expect(before?.judgements).toMatchObject([{ entity: "lamp/1", verdict: "holds" }]);
  expect(before?.judgements[0]?.reason).toBeUndefined();
  expect(timeline.map(({ event }) => event)).toEqual(["violated"]);
  expect(series).toEqual([
    {
      metric: "m",
      labels: {},
      points: [
        { atMs: 1, value: 5 },
        { atMs: 3, value: 7 },
      ],
    },
  ]);
});

test("stateChangesOf(), brokenLinksOf() and blindSpotsOf() read off a case what is not as it was or is not seen", () => {
  expect(stateChangesOf(CASE)).toEqual([
    { component: "lamp/1", before: "up", now: "down" },
    { component: "lamp/2", now: "unknown" },
  ]);
  expect(brokenLinksOf(CASE).map(({ from }) => from)).toEqual(["lamp/1"]);
  expect(blindSpotsOf(CASE)).toEqual(["prometheus does not answer: refused", "The state of lamp/2 is unknown"]);
  expect(blindSpotsOf(aCase({}))).toEqual(["No look from before the trouble is on record"]);
});

test("touchedBy() follows a group to its members and these to what they are linked to, and no further", () => {
  expect([...touchedBy(CASE)].toSorted()).toEqual(["group/hall", "lamp/1", "lamp/2", "mains/1"]);
});
