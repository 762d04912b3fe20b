import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  advance,
  hasEnded,
  hasFailed,
  hasSucceeded,
  RUN_STATES,
  type RunProgress,
  type RunSchedule,
  type RunStep,
} from "../../../src/core/safety/action-run.ts";

type Run = RunProgress & RunSchedule;

const PENDING: Run = { state: "pending", reason: "Proposed" };
const steps = fc.array(
  fc.record({ to: fc.constantFrom(...RUN_STATES), afterMs: fc.integer({ min: 0, max: 20 }), reason: fc.string() }),
  { maxLength: 30 },
);

test("advance() goes from proposed to verified, and dates each part", () => {
  const run = through(PENDING, [at("running", 1), at("verifying", 2), at("verified", 3)]);

  expect(run).toEqual({ state: "verified", reason: "verified", intendedAtMs: 1, effectAtMs: 2, endedAtMs: 3 });
  expect(hasSucceeded(run)).toBe(true);
});

test("advance() refuses to run what has run, what has ended, and what is not due", () => {
  const due = { ...PENDING, dueAtMs: 10 };

  expect(() => through(PENDING, [at("running", 1), at("running", 2)])).toThrow(
    "Cannot make the run running: it is running",
  );
  expect(() => through(PENDING, [at("cancelled", 1), at("running", 2)])).toThrow("it is cancelled");
  expect(() => advance(due, at("running", 9))).toThrow("it is not due");
  expect(advance(due, at("running", 10)).state).toBe("running");
});

test("advance() under any steps begins once at most, never before it is due, and never leaves an end", () => {
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }), steps, (dueAtMs, tried) => {
      let run: Run = { ...PENDING, ...(dueAtMs !== undefined && { dueAtMs }) };
      let nowMs = 0;
      let begun = 0;
      for (const { to, afterMs, reason } of tried) {
        const before = run;
        nowMs += afterMs;
        run = attempt(run, { to, atMs: nowMs, reason });
        if (run === before) continue;
        if (to === "running") begun += 1;
        expect(hasEnded(before)).toBe(false);
        expect(run.intendedAtMs).toBe(before.intendedAtMs ?? (to === "running" ? nowMs : undefined));
        expect(run.effectAtMs === undefined || run.intendedAtMs !== undefined).toBe(true);
        expect(run.endedAtMs !== undefined).toBe(hasEnded(run));
        expect(hasSucceeded(run) && hasFailed(run)).toBe(false);
      }
      expect(begun).toBeLessThanOrEqual(1);
      if (begun === 1) expect(run.intendedAtMs).toBeGreaterThanOrEqual(dueAtMs ?? 0);
    }),
  );
});

function at(to: RunStep["to"], atMs: number): RunStep {
  return { to, atMs, reason: to };
}

function through(run: Run, all: readonly RunStep[]): Run {
  return all.reduce((current, step) => advance(current, step), run);
}

/** What is refused changes nothing. */
function attempt(run: Run, step: RunStep): Run {
  try {
    return advance(run, step);
  } catch {
    return run;
  }
}
