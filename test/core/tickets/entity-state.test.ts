import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { acrossGap, countedAt, followEntity, isDue } from "../../../src/core/tickets/entity-state.ts";
import { ticketRules } from "../../../src/core/tickets/rules.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";
import { Follower, judged } from "./follow.ts";

/** One word per look, five seconds apart, under a grace of ten: what is said, and what became of the ticket. */
const TABLE: readonly (readonly [rule: string, said: string, changes: string])[] = [
  ["opens when the grace has passed", "vvv", "--o"],
  ["opens once", "vvvvv", "--o--"],
  ["opens on a violation that comes back before it has drained", "vvhvv", "----o"],
  ["never opens on unknown", "vvuuu", "-----"],
  ["counts no unknown time as violation", "vuv", "---"],
  ["goes on filling after unknown", "vuvv", "---o"],
  ["does not open on unknown alone", "uuuuuu", "------"],
  ["never opens on a violation for a third of the time", "vhhvhhvhhvhhvhhvhhvhh", "---------------------"],
  ["resolves after three holds that span the hold-down", "vvvhhh", "--o--r"],
  ["does not resolve on two holds", "vvvhhv", "--o---"],
  ["lets unknown pause what held", "vvvhhuh", "--o---r"],
  ["lets a violation end what held", "vvvhhvhhh", "--o-----r"],
  ["never resolves on unknown", "vvvhhuuuuuu", "--o--------"],
  ["reopens after the grace, as the same ticket", "vvvhhhvvv", "--o--r--R"],
  ["does not reopen on a violation that does not last", "vvvhhhvhh", "--o--r---"],
  ["doubles the hold-down when it reopens", "vvvhhhvvvhhhhh", "--o--r--R----r"],
];

for (const [rule, said, changes] of TABLE) {
  test(`followEntity() ${rule}`, () => {
    expect(new Follower().follow(said)).toBe(changes);
  });
}

test("followEntity() opens at once without a grace", () => {
  expect(new Follower(ticketRules({ graceMs: 0 })).follow("v")).toBe("o");
});

test("followEntity() counts what was silent until its late answer as violated until then, and nothing else", () => {
  const rules = ticketRules({ graceMs: 10_000 });
  const at = (atMs: number, verdict: Verdict, answeredAfterMs?: number) => {
    return { ...judged("node/1", verdict), atMs, ...(answeredAfterMs !== undefined && { answeredAfterMs }) };
  };
  const silent = followEntity(undefined, at(0, "violated"), rules);

  const late = followEntity(silent, at(2000, "holds", 1400), rules);
  const lateAgain = followEntity(late, at(5400, "holds", 1400), rules);
  const inTime = followEntity(silent, at(2000, "holds", 5), rules);

  expect([late, inTime].map((state) => countedAt(state, 3400, rules).fillMs)).toEqual([3400, 2005 - 1395 / 2]);
  expect(countedAt(lateAgain, 5400, rules).fillMs).toBe(3400 - 2000 / 2);
});

test.each([
  ["at once, in between", 5, false],
  ["late each time, so that it is silent for most of the time", 1400, true],
])("followEntity() of what is silent at every other look and answers %s", (_when, answeredAfterMs, isTicketed) => {
  const rules = ticketRules({ graceMs: 4000 });
  let state = followEntity(undefined, { ...judged("node/1", "holds"), atMs: 0 }, rules);

  // Two seconds of silence, and three at whose beginning it answers.
  const due = Array.from({ length: 6 }, (_, spell) => {
    const atMs = 1000 + spell * 5000;
    state = followEntity(state, { ...judged("node/1", "violated"), atMs }, rules);
    const isOpen = isDue(state, atMs, rules);
    state = followEntity(state, { ...judged("node/1", "holds"), atMs: atMs + 2000, answeredAfterMs }, rules);
    return isOpen;
  });

  expect(due.includes(true)).toBe(isTicketed);
});

test("followEntity() answers the same object while nothing changes", () => {
  const rules = ticketRules({ graceMs: 10_000 });
  const input = { ...judged("node/1", "violated"), atMs: 0 };
  const first = followEntity(undefined, input, rules);

  const later = followEntity(first, { ...input, atMs: 500_000 }, rules);

  expect(later).toBe(first);
  expect(countedAt(later, 500_000, rules).fillMs).toBe(20_000);
});

test("followEntity() remembers since when nothing is said of an entity", () => {
  const follower = new Follower();
  follower.follow("h");
  const since = [50_000, 60_000].map((atMs) => {
    follower.round({ atMs, expected: new Set(["node/1"]) });
    return follower.state("node/1")?.unjudgedSinceMs;
  });

  follower.follow("h", 70_000);

  expect([...since, follower.state("node/1")?.unjudgedSinceMs]).toEqual([50_000, 50_000, undefined]);
});

test("ticketRules() round the grace up to a multiple of the slowest probe's pace", () => {
  expect(ticketRules({ graceMs: 15_000, everyMs: 60_000 })).toMatchObject({ graceMs: 60_000, holdDownMs: 60_000 });
  expect(ticketRules({ graceMs: 15_000, everyMs: 5000 }).graceMs).toBe(15_000);
  expect(ticketRules({ graceMs: 0, everyMs: 5000 }).graceMs).toBe(0);
});

test("isDue() opens a violation for a share f of the time after about 2·grace/(3f − 1)", () => {
  for (const [said, share] of [
    ["vvh", 2 / 3],
    ["vh", 1 / 2],
    ["vvvvh", 4 / 5],
  ] as const) {
    const rules = ticketRules({ graceMs: 60_000 });
    const opened = new Follower(rules).follow(said.repeat(200)).indexOf("o") * 5000;
    const expected = (2 * rules.graceMs) / (3 * share - 1);

    expect(opened).toBeGreaterThan(expected * 0.8);
    expect(opened).toBeLessThan(expected * 1.1 + 10_000);
  }
});

test("isDue() never opens a violation for a third of the time or less in spells shorter than the grace", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 2, max: 6 }), (spell, rest) => {
      const said = "v".repeat(spell) + "h".repeat(spell * rest);

      expect(new Follower(ticketRules({ graceMs: 60_000 })).follow(said.repeat(20))).not.toContain("o");
    }),
    { numRuns: 40 },
  );
});

interface Step {
  readonly verdict: Verdict;
  readonly elapsedMs: number;
  /** Nobody watched in between, or the clock was set. */
  readonly gap: "none" | "downtime" | "step";
  readonly repeated: boolean;
  /** The process dies and what was stored is read again. */
  readonly crash: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  verdict: fc.constantFrom<Verdict>("holds", "violated", "violated", "unknown"),
  elapsedMs: fc.integer({ min: 1, max: 9000 }),
  gap: fc.constantFrom("none", "none", "none", "none", "downtime", "step"),
  repeated: fc.boolean(),
  crash: fc.boolean(),
});

const RUNS = 300;

test("followEntity() fills, drains and pauses as the model does, whatever comes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(0, 4000, 12_000, 30_000), (steps, graceMs) => {
      const rules = ticketRules({ graceMs });
      let atMs = 1_000_000;
      let state = followEntity(undefined, { ...judged("node/1", "holds"), atMs }, rules);
      const model = {
        fillMs: 0,
        verdict: "holds" as Verdict,
        uncountedMs: 0,
        sinceMs: undefined as number | undefined,
      };
      for (const { verdict, elapsedMs, gap, repeated, crash } of steps) {
        const fromMs = atMs;
        const jumpMs = gap === "step" ? -500_000 : gap === "downtime" ? 700_000 : elapsedMs;
        atMs += jumpMs;
        if (crash) state = JSON.parse(JSON.stringify(state));
        if (gap === "none") model.uncountedMs += elapsedMs;
        else {
          state = acrossGap(state, { fromMs, toMs: atMs, stepped: gap === "step" }, rules);
          count(model, 2 * graceMs);
          if (gap === "step" && model.sinceMs !== undefined) model.sinceMs += jumpMs;
        }
        if (repeated && verdict === state.verdict) continue;
        state = followEntity(state, { ...judged("node/1", verdict), atMs }, rules);
        count(model, 2 * graceMs);
        const lasts = model.fillMs > 0 || (model.verdict === "violated" && verdict === "violated");
        if (!lasts) model.sinceMs = verdict === "violated" ? atMs : undefined;
        model.verdict = verdict;

        expect(countedAt(state, atMs, rules).fillMs).toBeCloseTo(model.fillMs, 6);
        expect(isDue(state, atMs, rules)).toBe(verdict === "violated" && model.fillMs >= graceMs);
        expect(state.violatedSinceMs).toBe(model.sinceMs);
      }
    }),
    { numRuns: RUNS },
  );
});

/** The rule word for word: the time since the last look belongs to the verdict at its beginning. */
function count(model: { fillMs: number; verdict: Verdict; uncountedMs: number }, mostMs: number): void {
  if (model.verdict === "violated") model.fillMs = Math.min(mostMs, model.fillMs + model.uncountedMs);
  if (model.verdict === "holds") model.fillMs = Math.max(0, model.fillMs - model.uncountedMs / 2);
  model.uncountedMs = 0;
}
