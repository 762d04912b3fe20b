import { describe, expect, test } from "bun:test";
import { Follower, judged } from "./follow.ts";

const GAP = { fromMs: 10_000, toMs: 900_000, stepped: false };

test("followRound() makes unknown what was judged before and is not judged now", () => {
  const follower = new Follower();
  follower.round({ judgements: [judged("node/1", "holds"), judged("node/2", "holds")] });

  const outcome = follower.round({ atMs: 5000, judgements: [judged("node/1", "holds")] });

  expect(outcome.verdictChanges).toMatchObject([{ from: "holds", state: { entity: "node/2", verdict: "unknown" } }]);
});

test("followRound() says why nothing is said of an entity, where its invariant could judge none", () => {
  const follower = new Follower();
  const [known] = [judged("node/1", "holds")];
  follower.round({ judgements: [known] });
  const whole = `invariant/${known.invariant}` as const;

  const outcome = follower.round({
    atMs: 5000,
    judgements: [{ ...known, entity: whole, on: whole, verdict: "unknown", summary: "Unknown: connection refused" }],
  });

  expect(outcome.changed.find(({ entity }) => entity === "node/1")).toMatchObject({
    verdict: "unknown",
    summary: "Unknown: connection refused",
  });
});

test("followRound() makes everything unknown, and resolves nothing, when nothing was observed", () => {
  const follower = new Follower();
  follower.follow("vvv");

  const outcome = follower.round({ atMs: 15_000, failed: "connection refused" });

  expect(outcome.tickets).toEqual([]);
  expect(outcome.changed).toMatchObject([{ verdict: "unknown", summary: "Not observed: connection refused" }]);
  expect(follower.ticket("node/1")).toMatchObject({ state: "open", words: { verdict: "unknown", violated: 0 } });
});

test("followRound() resolves the ticket of a component that is taken out of the configuration", () => {
  const rest = { atMs: 15_000, expected: new Set(["node/2", "redis/main"] as const) };
  const changes = [
    rest,
    { ...rest, failed: "connection refused" },
    { ...rest, expected: new Set(["redis/main"] as const) },
  ].map((round) => {
    const follower = new Follower();
    follower.follow("vvv");
    return follower.round(round).tickets.map(({ change }) => change);
  });

  expect(changes).toEqual([["left", "resolved"], [], []]);
});

test("followRound() takes the worst word where an invariant speaks twice of one entity", () => {
  const outcome = new Follower().round({
    judgements: [judged("node/1", "violated"), judged("node/1", "holds"), judged("node/1", "unknown")],
  });

  expect(outcome.changed.map(({ verdict }) => verdict)).toEqual(["violated"]);
});

test("followRound() forgets what nobody speaks of any more after ten minutes, unless it should be there", () => {
  const follower = new Follower();
  follower.round({ judgements: [judged("node/1", "holds"), judged("counter/a", "holds")] });
  const silent = { expected: new Set(["node/1" as const]) };
  follower.round({ ...silent, atMs: 5000 });

  const early = follower.round({ ...silent, atMs: 604_000 });
  const late = follower.round({ ...silent, atMs: 605_000 });

  expect(early.forgotten).toEqual([]);
  expect(late.forgotten.map(({ entity }) => entity)).toEqual(["counter/a"]);
});

test("followRound() never forgets an entity of an open ticket", () => {
  const follower = new Follower();
  follower.follow("vvv");
  follower.round({ atMs: 15_000 });

  expect(follower.round({ atMs: 9_000_000 })).toMatchObject({ forgotten: [], tickets: [] });
});

test("followRound() forgets a check that threw as soon as it does not throw any more", () => {
  const follower = new Follower();
  follower.round({ judgements: [judged("invariant/answers", "unknown")] });

  const outcome = follower.round({ atMs: 5000, judgements: [judged("node/1", "holds")] });

  expect(outcome.forgotten.map(({ entity }) => entity)).toEqual(["invariant/answers"]);
});

test("followRound() changes nothing in a steady round", () => {
  const follower = new Follower();
  const steady = { judgements: [judged("node/1", "holds")] };
  follower.round(steady);

  const outcome = follower.round({ ...steady, atMs: 5000 });

  expect(outcome).toEqual({ changed: [], forgotten: [], tickets: [], verdictChanges: [], moved: [], records: [] });
});

describe("followRound() on a reading that is judged twice", () => {
  const repeated = new Set(["answers"]);

  test("counts it once, and adds the whole time with the next one", () => {
    const follower = new Follower();
    const judgements = [judged("node/1", "violated")];
    follower.round({ judgements });

    const again = follower.round({ atMs: 10_000, judgements, repeated });
    const read = follower.round({ atMs: 12_000, judgements });

    expect(again).toMatchObject({ changed: [], tickets: [] });
    expect(read.tickets.map(({ change }) => change)).toEqual(["opened"]);
  });

  test("resolves nothing on it", () => {
    const follower = new Follower();
    follower.follow("vvvhh");
    const judgements = [judged("node/1", "holds")];

    const again = follower.round({ atMs: 900_000, judgements, repeated });
    const read = follower.round({ atMs: 900_001, judgements });

    expect([again, read].map(({ tickets }) => tickets.map(({ change }) => change))).toEqual([[], ["resolved"]]);
  });

  test("follows another verdict even where the oldest reading is the same", () => {
    const follower = new Follower();
    follower.round({ judgements: [judged("node/1", "violated")] });

    const outcome = follower.round({ atMs: 5000, judgements: [judged("node/1", "holds")], repeated });

    expect(outcome.verdictChanges.map(({ state }) => state.verdict)).toEqual(["holds"]);
  });
});

test("followRound() counts a time that nobody watched as neither violation nor health", () => {
  const violated = new Follower();
  violated.follow("vv");
  const recovering = new Follower();
  recovering.follow("vvvhh");

  const stillClosed = violated.round({
    atMs: 900_000,
    gap: { ...GAP, fromMs: 5000 },
    judgements: [judged("node/1", "violated")],
  });
  const opened = violated.round({ atMs: 905_000, judgements: [judged("node/1", "violated")] });
  const stillOpen = recovering.round({
    atMs: 900_000,
    gap: { ...GAP, fromMs: 20_000 },
    judgements: [judged("node/1", "holds")],
  });
  const resolved = recovering.round({ atMs: 905_000, judgements: [judged("node/1", "holds")] });

  expect([stillClosed, opened, stillOpen, resolved].map(({ tickets }) => tickets.map(({ change }) => change))).toEqual([
    [],
    ["opened"],
    [],
    ["resolved"],
  ]);
});

test("followRound() moves the beginning of a violation along with a clock that is put back", () => {
  const follower = new Follower();
  follower.follow("vv", 3_600_000);

  const gap = { fromMs: 3_605_000, toMs: 0, stepped: true };
  follower.round({ atMs: 0, gap, judgements: [judged("node/1", "violated")] });
  const opened = follower.round({ atMs: 5000, judgements: [judged("node/1", "violated")] });

  expect(opened.tickets.map(({ change, reason }) => [change, reason])).toEqual([
    ["opened", "Violated for 10 s, grace 10 s"],
  ]);
});
