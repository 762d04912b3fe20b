import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  type EntityState,
  followEntity,
  retireEntity,
  type TicketRules,
  ticketRules,
  type VerdictInput,
} from "../../../src/core/tickets/entity-state.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";

const RULES = ticketRules({ graceMs: 10_000 });

const VERDICTS: Readonly<Record<string, Verdict>> = { v: "violated", h: "holds", u: "unknown" };

/** One word per verdict, five seconds apart: what is said, and what became of the ticket. */
const TABLE: readonly (readonly [rule: string, said: string, changes: string])[] = [
  ["opens when the grace has passed", "vvv", "--o"],
  ["opens once", "vvvvv", "--o--"],
  ["does not open before the grace has passed", "vvhvv", "-----"],
  ["never opens on unknown", "vvuuu", "-----"],
  ["does not take unknown for an end of the violation", "vuv", "--o"],
  ["does not open on unknown alone", "uuuuuu", "------"],
  ["resolves after three holds that span the hold-down", "vvvhhh", "--o--r"],
  ["does not resolve on two holds", "vvvhhv", "--o---"],
  ["lets unknown break the row of holds", "vvvhhuhhh", "--o-----r"],
  ["never resolves on unknown", "vvvhhuuuuuu", "--o--------"],
  ["reopens after the grace, as the same ticket", "vvvhhhvvv", "--o--r--R"],
  ["does not reopen on a violation that does not last", "vvvhhhvhv", "--o--r---"],
];

for (const [rule, said, changes] of TABLE) {
  test(`followEntity() ${rule}`, () => {
    expect(run(said)).toBe(changes);
  });
}

test("followEntity() opens at once without a grace", () => {
  expect(run("v", ticketRules({ graceMs: 0 }))).toBe("o");
});

test("followEntity() opens a new ticket when the violation comes later than ten minutes", () => {
  const resolved = last("vvvhhh");

  const late = resolved.atMs + 600_001;
  const first = followEntity(resolved.entityState, verdictInput("violated", late), RULES);
  const second = followEntity(first.entityState, verdictInput("violated", late + 10_000), RULES);

  expect(second.change).toBe("opened");
});

test("followEntity() leaves a held ticket alone, and resolves it at once when it is let go", () => {
  const { entityState, atMs } = last("vvv");
  const held: EntityState = { ...entityState, ticket: { state: "open", held: true } };

  const [entityStates, changes] = follow(held, "hhhhh", atMs);

  expect(changes).toBe("-----");
  const free: EntityState = { ...entityStates, ticket: { state: "open", held: false } };
  expect(followEntity(free, verdictInput("holds", atMs + 30_000), RULES).change).toBe("resolved");
});

test("followEntity() counts anew when the clock has stepped", () => {
  const first = followEntity(undefined, verdictInput("violated", 100_000), RULES);
  const stepped = followEntity(first.entityState, { ...verdictInput("violated", 50_000), restart: true }, RULES);
  const early = followEntity(stepped.entityState, verdictInput("violated", 55_000), RULES);
  const due = followEntity(early.entityState, verdictInput("violated", 60_000), RULES);

  expect([stepped.change, early.change, due.change]).toEqual([undefined, undefined, "opened"]);
});

test("followEntity() counts holds anew when the clock has stepped", () => {
  const { entityState, atMs } = last("vvvhh");

  const stepped = followEntity(entityState, { ...verdictInput("holds", atMs + 500_000), restart: true }, RULES);

  expect(stepped.change).toBeUndefined();
  expect(stepped.entityState).toMatchObject({ holds: 1, holdsSinceMs: atMs + 500_000 });
});

test("followEntity() answers the same object while nothing changes", () => {
  const { entityState } = last("hhh");

  expect(followEntity(entityState, verdictInput("holds", 1_000_000), RULES).entityState).toBe(entityState);
});

test("followEntity() remembers since when nothing is said of an entity", () => {
  const { entityState } = last("h");

  const silent = followEntity(entityState, { ...verdictInput("unknown", 50_000), unjudged: true }, RULES).entityState;
  const still = followEntity(silent, { ...verdictInput("unknown", 60_000), unjudged: true }, RULES).entityState;
  const back = followEntity(still, verdictInput("holds", 70_000), RULES).entityState;

  expect([silent.unjudgedSinceMs, still.unjudgedSinceMs, back.unjudgedSinceMs]).toEqual([50_000, 50_000, undefined]);
});

test("retireEntity() resolves an open ticket and leaves a held one", () => {
  const { entityState } = last("vvv");

  expect(retireEntity(entityState, 99_000).change).toBe("resolved");
  expect(retireEntity({ ...entityState, ticket: { state: "open", held: true } }, 99_000).change).toBeUndefined();
  expect(retireEntity(last("h").entityState, 99_000).change).toBeUndefined();
});

const step = fc.record({
  verdict: fc.constantFrom<Verdict>("holds", "violated", "unknown"),
  /** Mostly an interval, sometimes a jump of the clock either way. */
  elapsedMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(5000) },
    { weight: 1, arbitrary: fc.integer({ min: -900_000, max: 900_000 }) },
  ),
  /** The process dies and what was stored is read again. */
  crash: fc.boolean(),
  hold: fc.option(fc.boolean(), { nil: undefined, freq: 8 }),
});

test("followEntity() opens only on a lasting violation and resolves only on a lasting row of holds, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.record({ graceMs: fc.constantFrom(0, 5000, 12_000, 30_000), holdsToResolve: fc.integer({ min: 1, max: 4 }) }),
      (steps, partial) => {
        const rules = ticketRules(partial);
        const history: VerdictInput[] = [];
        let entityState: EntityState | undefined;
        let atMs = 1_000_000;
        let isOpen = false;
        for (const { verdict, elapsedMs, crash, hold } of steps) {
          atMs += elapsedMs;
          if (crash && entityState) entityState = JSON.parse(JSON.stringify(entityState));
          if (hold !== undefined && entityState?.ticket?.state === "open") {
            entityState = { ...entityState, ticket: { ...entityState.ticket, held: hold } };
          }
          const held = entityState?.ticket?.held === true;
          const seen = { ...verdictInput(verdict, atMs), restart: elapsedMs < 0 };
          history.push(seen);
          const result = followEntity(entityState, seen, rules);
          if (result.change === "resolved") {
            expect(held).toBe(false);
            expect(isOpen).toBe(true);
            expect(rowOf(history, ["holds"]).count).toBeGreaterThanOrEqual(rules.holdsToResolve);
            expect(rowOf(history, ["holds"]).spanMs).toBeGreaterThanOrEqual(rules.holdDownMs);
            isOpen = false;
          } else if (result.change) {
            expect(isOpen).toBe(false);
            expect(verdict).toBe("violated");
            expect(rowOf(history, ["violated", "unknown"]).violatedMs).toBeGreaterThanOrEqual(rules.graceMs);
            isOpen = true;
          } else if (verdict === "violated" && !isOpen) {
            expect(rowOf(history, ["violated", "unknown"]).violatedMs).toBeLessThan(rules.graceMs);
          }
          entityState = result.entityState;
          expect(entityState.ticket?.state === "open").toBe(isOpen);
        }
      },
    ),
  );
});

/** The unbroken row at the end of a history that says nothing else, back to the last step of the clock. */
function rowOf(history: readonly VerdictInput[], verdicts: readonly Verdict[]) {
  const row: VerdictInput[] = [];
  for (const seen of history.toReversed()) {
    if (!verdicts.includes(seen.verdict)) break;
    row.unshift(seen);
    if (seen.restart) break;
  }
  const end = row.at(-1)?.atMs ?? 0;
  // At a step of the clock the count begins with the step, if the violation was seen before it.
  const begin =
    row[0]?.restart && wasViolated(history, row.length) ? row[0] : row.find(({ verdict }) => verdict === "violated");
  return { count: row.length, spanMs: end - (row[0]?.atMs ?? end), violatedMs: end - (begin?.atMs ?? end) };
}

function wasViolated(history: readonly VerdictInput[], newest: number): boolean {
  const before = history.slice(0, -newest).toReversed();
  const end = before.findIndex(({ verdict }) => verdict === "holds");
  return before.slice(0, end < 0 ? undefined : end).some(({ verdict }) => verdict === "violated");
}

function verdictInput(verdict: Verdict, atMs: number): VerdictInput {
  return { atMs, restart: false, invariant: "answers", entity: "node/1", on: "node/1", verdict, summary: verdict };
}

function follow(
  start: EntityState | undefined,
  said: string,
  startMs: number,
  rules: TicketRules = RULES,
): [EntityState, string] {
  let entityState = start;
  let changes = "";
  for (const [index, letter] of said.split("").entries()) {
    const result = followEntity(
      entityState,
      verdictInput(VERDICTS[letter] ?? "unknown", startMs + index * 5000),
      rules,
    );
    entityState = result.entityState;
    changes += { opened: "o", reopened: "R", resolved: "r", none: "-" }[result.change ?? "none"];
  }
  if (!entityState) throw new Error("Nothing was said");
  return [entityState, changes];
}

function run(said: string, rules?: TicketRules): string {
  return follow(undefined, said, 0, rules)[1];
}

function last(said: string): { entityState: EntityState; atMs: number } {
  return { entityState: follow(undefined, said, 0)[0], atMs: (said.length - 1) * 5000 };
}
