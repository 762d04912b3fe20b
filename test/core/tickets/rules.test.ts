import { expect, test } from "bun:test";
import { holdDownAfter, reopens, ticketRules } from "../../../src/core/tickets/rules.ts";

const RULES = ticketRules({ graceMs: 60_000 });
const MINUTE = 60_000;

test("holdDownAfter() doubles with each reopening, up to ten minutes", () => {
  const doubled = [60_000, 120_000, 240_000, 480_000, 600_000].map((holdDownMs) =>
    holdDownAfter({ resolvedAtMs: 0, holdDownMs }, MINUTE, RULES),
  );

  expect(doubled).toEqual([120_000, 240_000, 480_000, 600_000, 600_000]);
});

test("holdDownAfter() keeps what was doubled for a new ticket, and forgets it after an hour of quiet", () => {
  const ended = { resolvedAtMs: 0, holdDownMs: 240_000 };

  expect([11, 59, 60].map((minutes) => holdDownAfter(ended, minutes * MINUTE, RULES))).toEqual([
    240_000, 240_000, 60_000,
  ]);
  expect(holdDownAfter(undefined, 0, RULES)).toBe(60_000);
});

test("holdDownAfter() never makes a hold-down shorter than the rules say", () => {
  const long = ticketRules({ graceMs: 20 * MINUTE });

  expect(holdDownAfter({ resolvedAtMs: 0 }, MINUTE, long)).toBe(20 * MINUTE);
});

test("reopens() within ten minutes", () => {
  expect([600_000, 600_001].map((atMs) => reopens({ resolvedAtMs: 0 }, atMs, RULES))).toEqual([true, false]);
  expect(reopens({}, 0, RULES)).toBe(false);
});

test("holdDownAfter() stays as the rules say where nothing may reopen", () => {
  const alone = ticketRules({ graceMs: MINUTE, reopenWithinMs: 0 });

  expect([1, MINUTE].map((atMs) => holdDownAfter({ resolvedAtMs: 0 }, atMs, alone))).toEqual([MINUTE, MINUTE]);
});
