import { expect, test } from "bun:test";
import type { InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import { type EntityState, entityKey, type TicketRules, ticketRules } from "../../../src/core/tickets/entity-state.ts";
import { followRound, type Round, type RoundOutcome } from "../../../src/core/tickets/round.ts";
import type { EntityId } from "../../../src/core/words/ids.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";

const rulesOf = () => ticketRules({ graceMs: 5000 });

test("followRound() makes unknown what was judged before and is not judged now", () => {
  const entityStates = after([], round({ judgements: [said("node/1", "holds"), said("node/2", "holds")] }));

  const outcome = followRound(entityStates, round({ atMs: 5000, judgements: [said("node/1", "holds")] }), rulesOf);

  expect(outcome.verdictChanges).toMatchObject([
    { from: "holds", entityState: { entity: "node/2", verdict: "unknown" } },
  ]);
});

test("followRound() makes everything unknown, and resolves nothing, when nothing was observed", () => {
  const entityStates = after([], violated(0), violated(5000));

  const outcome = followRound(entityStates, round({ atMs: 10_000, failed: "connection refused" }), rulesOf);

  expect(outcome.tickets).toEqual([]);
  expect(outcome.changed).toMatchObject([{ verdict: "unknown", summary: "Cannot be seen: connection refused" }]);
});

test("followRound() resolves the ticket of a retired entity with the reason, and forgets it", () => {
  const entityStates = after([], violated(0), violated(5000));

  const outcome = followRound(entityStates, round({ atMs: 10_000, retired: ["node/1"] }), rulesOf);

  expect(outcome.tickets).toMatchObject([{ change: "resolved", reason: "node/1 is gone for good" }]);
  expect(outcome.forgotten).toHaveLength(1);
});

test("followRound() keeps a held ticket of a retired entity", () => {
  const [entityState] = [...after([], violated(0), violated(5000)).values()];
  if (!entityState) throw new Error("No entityState");
  const held: EntityState = { ...entityState, ticket: { state: "open", held: true } };

  const outcome = followRound(byKey([held]), round({ atMs: 10_000, retired: ["node/1"] }), rulesOf);

  expect(outcome).toMatchObject({ tickets: [], forgotten: [] });
});

test("followRound() resolves the ticket of a component that is taken out of the configuration", () => {
  const entityStates = after([], violated(0), violated(5000));
  const rest = { atMs: 10_000, expected: new Set(["node/2", "redis/main"] as const) };

  const outcome = followRound(entityStates, round(rest), rulesOf);
  const unseen = followRound(entityStates, round({ ...rest, failed: "connection refused" }), rulesOf);
  const unlike = followRound(entityStates, round({ ...rest, expected: new Set(["redis/main"]) }), rulesOf);

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
  const entityStates = after([], both, silent);

  const early = followRound(entityStates, { ...silent, atMs: 604_000 }, rulesOf);
  const late = followRound(entityStates, { ...silent, atMs: 605_000 }, rulesOf);

  expect(early.forgotten).toEqual([]);
  expect(late.forgotten.map(({ entity }) => entity)).toEqual(["counter/a"]);
});

test("followRound() never forgets an entity with an open ticket", () => {
  const entityStates = after([], violated(0), violated(5000), round({ atMs: 10_000 }));

  const outcome = followRound(entityStates, round({ atMs: 9_000_000 }), rulesOf);

  expect(outcome).toMatchObject({ forgotten: [], tickets: [] });
});

test("followRound() forgets a check that threw as soon as it does not throw any more", () => {
  const broken = { ...said("invariant/answers", "unknown") };
  const entityStates = after([], round({ judgements: [broken] }));

  const outcome = followRound(entityStates, round({ atMs: 5000, judgements: [said("node/1", "holds")] }), rulesOf);

  expect(outcome.forgotten.map(({ entity }) => entity)).toEqual(["invariant/answers"]);
});

test("followRound() says why a ticket opened, reopened and resolved", () => {
  const reasons: string[] = [];
  let entityStates: ReadonlyMap<string, EntityState> = new Map();
  for (const [index, verdict] of "vvhhhvv".split("").entries()) {
    const judgements = [said("node/1", verdict === "v" ? "violated" : "holds")];
    const outcome = followRound(entityStates, round({ atMs: index * 5000, judgements }), rulesOf);
    reasons.push(...outcome.tickets.map(({ reason }) => reason));
    entityStates = applied(entityStates, outcome);
  }

  expect(reasons).toEqual([
    "Violated for 5 s, grace 5 s",
    "Holds at 3 or more checkups in a row, for 10 s",
    "Violated again for 5 s, grace 5 s",
  ]);
});

test("followRound() changes nothing in a steady round", () => {
  const steady = round({ judgements: [said("node/1", "holds")] });
  const entityStates = after([], steady);

  const outcome = followRound(entityStates, { ...steady, atMs: 5000 }, rulesOf);

  expect(outcome).toEqual({ changed: [], forgotten: [], tickets: [], verdictChanges: [] });
});

test("followRound() counts a reading that is judged twice once", () => {
  const rules = (): TicketRules => ticketRules({ graceMs: 5000 });
  const again = round({ atMs: 5000, judgements: [said("node/1", "violated")], repeated: new Set(["answers"]) });
  const entityStates = after([], violated(0));

  const repeated = followRound(entityStates, again, rules);
  const read = followRound(entityStates, violated(5000), rules);

  expect(repeated).toEqual({ changed: [], forgotten: [], tickets: [], verdictChanges: [] });
  expect(read.tickets.map(({ change }) => change)).toEqual(["opened"]);
});

test("followRound() follows another verdict even where the oldest reading is the same", () => {
  const entityStates = after([], violated(0));
  const other = round({ atMs: 5000, judgements: [said("node/1", "holds")], repeated: new Set(["answers"]) });

  const outcome = followRound(entityStates, other, rulesOf);

  expect(outcome.verdictChanges.map(({ entityState }) => entityState.verdict)).toEqual(["holds"]);
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

function byKey(entityStates: readonly EntityState[]): ReadonlyMap<string, EntityState> {
  return new Map(entityStates.map((entityState) => [entityKey(entityState), entityState]));
}

function applied(
  entityStates: ReadonlyMap<string, EntityState>,
  { changed, forgotten }: RoundOutcome,
): ReadonlyMap<string, EntityState> {
  const next = new Map(entityStates);
  for (const entityState of changed) next.set(entityKey(entityState), entityState);
  for (const entityState of forgotten) next.delete(entityKey(entityState));
  return next;
}

function after(entityStates: readonly EntityState[], ...rounds: readonly Round[]): ReadonlyMap<string, EntityState> {
  let known = byKey(entityStates);
  for (const next of rounds) known = applied(known, followRound(known, next, rulesOf));
  return known;
}
