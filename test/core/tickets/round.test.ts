import { expect, test } from "bun:test";
import type { InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import { followRound, type Round, type RoundOutcome } from "../../../src/core/tickets/round.ts";
import { type TicketRules, type Track, ticketRules, trackKey } from "../../../src/core/tickets/track.ts";
import type { EntityId } from "../../../src/core/words/ids.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";

const rulesOf = () => ticketRules({ graceMs: 5000 });

test("followRound() makes unknown what was judged before and is not judged now", () => {
  const tracks = after([], round({ judgements: [said("node/1", "holds"), said("node/2", "holds")] }));

  const outcome = followRound(tracks, round({ atMs: 5000, judgements: [said("node/1", "holds")] }), rulesOf);

  expect(outcome.turns).toMatchObject([{ from: "holds", track: { entity: "node/2", verdict: "unknown" } }]);
});

test("followRound() makes everything unknown, and resolves nothing, when nothing was observed", () => {
  const tracks = after([], violated(0), violated(5000));

  const outcome = followRound(tracks, round({ atMs: 10_000, failed: "connection refused" }), rulesOf);

  expect(outcome.tickets).toEqual([]);
  expect(outcome.changed).toMatchObject([{ verdict: "unknown", summary: "Cannot be seen: connection refused" }]);
});

test("followRound() resolves the ticket of a retired entity with the reason, and forgets it", () => {
  const tracks = after([], violated(0), violated(5000));

  const outcome = followRound(tracks, round({ atMs: 10_000, retired: ["node/1"] }), rulesOf);

  expect(outcome.tickets).toMatchObject([{ change: "resolved", reason: "node/1 is gone for good" }]);
  expect(outcome.forgotten).toHaveLength(1);
});

test("followRound() keeps a held ticket of a retired entity", () => {
  const [track] = [...after([], violated(0), violated(5000)).values()];
  if (!track) throw new Error("No track");
  const held: Track = { ...track, ticket: { state: "open", held: true } };

  const outcome = followRound(byKey([held]), round({ atMs: 10_000, retired: ["node/1"] }), rulesOf);

  expect(outcome).toMatchObject({ tickets: [], forgotten: [] });
});

test("followRound() resolves the ticket of a component that is taken out of the configuration", () => {
  const tracks = after([], violated(0), violated(5000));
  const rest = { atMs: 10_000, expected: new Set(["node/2", "redis/main"] as const) };

  const outcome = followRound(tracks, round(rest), rulesOf);
  const unseen = followRound(tracks, round({ ...rest, failed: "connection refused" }), rulesOf);
  const unlike = followRound(tracks, round({ ...rest, expected: new Set(["redis/main"]) }), rulesOf);

  expect(outcome.tickets).toMatchObject([{ change: "resolved", reason: "node/1 is gone for good" }]);
  expect(outcome.forgotten).toHaveLength(1);
  expect([unseen, unlike]).toMatchObject([{ tickets: [] }, { tickets: [] }]);
});

test("followRound() takes the worst word where an invariant speaks twice of one entity", () => {
  const outcome = followRound(
    new Map(),
    round({ judgements: [said("node/1", "violated"), said("node/1", "holds"), said("node/1", "unknown")] }),
    rulesOf,
  );

  expect(outcome.changed.map(({ verdict }) => verdict)).toEqual(["violated"]);
});

test("followRound() forgets what nobody speaks of any more after ten minutes, unless it should be there", () => {
  const both = round({ judgements: [said("node/1", "holds"), said("counter/a", "holds")] });
  const silent = round({ atMs: 5000, expected: new Set(["node/1"]) });
  const tracks = after([], both, silent);

  const early = followRound(tracks, { ...silent, atMs: 604_000 }, rulesOf);
  const late = followRound(tracks, { ...silent, atMs: 605_000 }, rulesOf);

  expect(early.forgotten).toEqual([]);
  expect(late.forgotten.map(({ entity }) => entity)).toEqual(["counter/a"]);
});

test("followRound() never forgets an entity with an open ticket", () => {
  const tracks = after([], violated(0), violated(5000), round({ atMs: 10_000 }));

  const outcome = followRound(tracks, round({ atMs: 9_000_000 }), rulesOf);

  expect(outcome).toMatchObject({ forgotten: [], tickets: [] });
});

test("followRound() forgets a check that threw as soon as it does not throw any more", () => {
  const broken = { ...said("invariant/answers", "unknown") };
  const tracks = after([], round({ judgements: [broken] }));

  const outcome = followRound(tracks, round({ atMs: 5000, judgements: [said("node/1", "holds")] }), rulesOf);

  expect(outcome.forgotten.map(({ entity }) => entity)).toEqual(["invariant/answers"]);
});

test("followRound() says why a ticket opened, reopened and resolved", () => {
  const reasons: string[] = [];
  let tracks: ReadonlyMap<string, Track> = new Map();
  for (const [index, verdict] of "vvhhhvv".split("").entries()) {
    const judgements = [said("node/1", verdict === "v" ? "violated" : "holds")];
    const outcome = followRound(tracks, round({ atMs: index * 5000, judgements }), rulesOf);
    reasons.push(...outcome.tickets.map(({ reason }) => reason));
    tracks = applied(tracks, outcome);
  }

  expect(reasons).toEqual([
    "Violated for 5 s, grace 5 s",
    "Holds at 3 or more checkups in a row, for 10 s",
    "Violated again for 5 s, grace 5 s",
  ]);
});

test("followRound() changes nothing in a steady round", () => {
  const steady = round({ judgements: [said("node/1", "holds")] });
  const tracks = after([], steady);

  const outcome = followRound(tracks, { ...steady, atMs: 5000 }, rulesOf);

  expect(outcome).toEqual({ changed: [], forgotten: [], tickets: [], turns: [] });
});

test("followRound() counts a reading that is judged twice once", () => {
  const rules = (): TicketRules => ticketRules({ graceMs: 5000 });
  const again = round({ atMs: 5000, judgements: [said("node/1", "violated")], repeated: new Set(["answers"]) });
  const tracks = after([], violated(0));

  const repeated = followRound(tracks, again, rules);
  const read = followRound(tracks, violated(5000), rules);

  expect(repeated).toEqual({ changed: [], forgotten: [], tickets: [], turns: [] });
  expect(read.tickets.map(({ change }) => change)).toEqual(["opened"]);
});

test("followRound() follows another verdict even where the oldest reading is the same", () => {
  const tracks = after([], violated(0));
  const other = round({ atMs: 5000, judgements: [said("node/1", "holds")], repeated: new Set(["answers"]) });

  const outcome = followRound(tracks, other, rulesOf);

  expect(outcome.turns.map(({ track }) => track.verdict)).toEqual(["holds"]);
});

function violated(atMs: number): Round {
  return round({ atMs, judgements: [said("node/1", "violated")] });
}

function said(entity: EntityId, verdict: Verdict): InvariantJudgement {
  return {
    invariant: "answers",
    entity,
    on: entity,
    verdict,
    reason: "said",
    summary: verdict,
    evidence: {},
    readAtMs: 0,
  };
}

function round(partial: Partial<Round>): Round {
  return { atMs: 0, restart: false, judgements: [], retired: [], expected: new Set(), ...partial };
}

function byKey(tracks: readonly Track[]): ReadonlyMap<string, Track> {
  return new Map(tracks.map((track) => [trackKey(track), track]));
}

function applied(tracks: ReadonlyMap<string, Track>, { changed, forgotten }: RoundOutcome): ReadonlyMap<string, Track> {
  const next = new Map(tracks);
  for (const track of changed) next.set(trackKey(track), track);
  for (const track of forgotten) next.delete(trackKey(track));
  return next;
}

function after(tracks: readonly Track[], ...rounds: readonly Round[]): ReadonlyMap<string, Track> {
  let known = byKey(tracks);
  for (const next of rounds) known = applied(known, followRound(known, next, rulesOf));
  return known;
}
