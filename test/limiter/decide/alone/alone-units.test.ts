import { expect, test } from "bun:test";
import { AloneUnits } from "../../../../src/limiter/decide/alone/alone-units.ts";
import type { CheckRequest } from "../../../../src/limiter/decide/decision.ts";
import { unitsOf } from "../../../../src/limiter/decide/failure-policy.ts";
import { checkOf } from "../../checks.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

/** Options of a report at that many microseconds after the start. */
function reportable(us = 0, mayReport: (key: string) => boolean = () => true) {
  return { nowUs: START + us, mayReport };
}

function unitsIn(alone: AloneUnits, request: CheckRequest, nowUs: number): number {
  return unitsOf(alone.leaving(request, nowUs));
}

test("leaving() has the units of the last window, of each counter by itself", () => {
  const alone = new AloneUnits();
  alone.add(checkOf(), START);
  alone.add(checkOf({ cost: 2 }), START + 5 * SECOND);
  alone.add(checkOf({ windowMs: 1000, cost: 4 }), START + 5 * SECOND);

  const units = [0, 10, 11, 16].map((s) => unitsIn(alone, checkOf(), START + s * SECOND));

  expect(units).toEqual([3, 3, 2, 0]);
  expect(unitsIn(alone, checkOf({ windowMs: 1000 }), START + 6 * SECOND)).toBe(4);
});

test("takeReports() has each unit once, and keeps it in the window", () => {
  const alone = new AloneUnits();
  alone.add(checkOf(), START);
  alone.add(checkOf({ key: "b" }), START);

  const [first] = alone.takeReports(1, reportable());
  alone.add(checkOf({ cost: 3 }), START + SECOND);
  const rest = alone.takeReports(10, reportable());

  expect(first).toEqual({ request: checkOf(), units: [[START, 1]] });
  expect(rest.map(({ request, units }) => [request.key, units])).toEqual([
    ["b", [[START, 1]]],
    ["a", [[START + SECOND, 3]]],
  ]);
  expect([alone.hasUnreported, unitsIn(alone, checkOf(), START + SECOND)]).toEqual([false, 4]);
});

test("takeReports() leaves what may not be reported yet, and looks at it last the next time", () => {
  const alone = new AloneUnits();
  for (const key of ["a", "b", "c"]) alone.add(checkOf({ key }), START);
  const notA = (key: string): boolean => key !== "a";

  const taken = [1, 1, 1, 1].map((most) =>
    alone.takeReports(most, reportable(0, notA)).map(({ request }) => request.key),
  );

  expect([taken, alone.hasUnreported]).toEqual([[[], ["b"], ["c"], []], true]);
});

test("putBack() lets a report be taken again, with what was admitted since", () => {
  const alone = new AloneUnits();
  alone.add(checkOf(), START);
  const [report] = alone.takeReports(1, reportable());
  alone.add(checkOf(), START + SECOND);

  if (report) alone.putBack(report);

  expect(alone.takeReports(1, reportable())[0]?.units).toEqual([
    [START, 1],
    [START + SECOND, 1],
  ]);
});

test("settle() leaves out of the report what Redis has counted after all, and keeps it in the window", () => {
  const alone = new AloneUnits();
  for (let at = 0; at < 3; at++) alone.add(checkOf(), START + at * SECOND);
  alone.add(checkOf({ key: "b" }), START);

  alone.settle(checkOf());
  alone.settle(checkOf({ key: "b" }));
  alone.settle(checkOf({ key: "never" }));

  expect(unitsIn(alone, checkOf(), START + 3 * SECOND)).toBe(3);
  expect(alone.takeReports(9, reportable()).map(({ units }) => units)).toEqual([
    [
      [START + SECOND, 1],
      [START + 2 * SECOND, 1],
    ],
  ]);
});

test("what left the window is not reported, not even put back", () => {
  const alone = new AloneUnits();
  alone.add(checkOf(), START);
  alone.add(checkOf(), START + 5 * SECOND);

  const [report] = alone.takeReports(1, reportable(11 * SECOND));
  if (report) alone.putBack(report);
  const later = alone.takeReports(1, reportable(16 * SECOND));

  expect(report?.units).toEqual([[START + 5 * SECOND, 1]]);
  expect([later, alone.hasUnreported]).toEqual([[], false]);
});

test("reset() forgets every counter of a key", () => {
  const alone = new AloneUnits();
  alone.add(checkOf(), START);
  alone.add(checkOf({ windowMs: 1000 }), START);
  alone.add(checkOf({ key: "b" }), START);

  alone.reset("a");

  expect(unitsIn(alone, checkOf(), START)).toBe(0);
  expect(alone.takeReports(9, reportable()).map(({ request }) => request.key)).toEqual(["b"]);
});

test("of too many counters the lightest are dropped, and every unknown one counts as much as they did", () => {
  const alone = new AloneUnits({ maxCounters: 100 });
  for (let at = 0; at <= 100; at++) alone.add(checkOf({ key: `${at}`, cost: 1 + at }), START);

  const [dropped, unknown, kept] = ["0", "never", "100"].map((key) => unitsIn(alone, checkOf({ key }), START));
  alone.add(checkOf({ key: "0" }), START);

  expect([dropped, unknown, kept]).toEqual([21, 21, 101]);
  expect(unitsIn(alone, checkOf({ key: "0" }), START)).toBe(22);
});

test("of too many groups counters are dropped", () => {
  const alone = new AloneUnits({ maxGroups: 100 });

  for (let at = 0; at < 101; at++) alone.add(checkOf({ key: `${at % 10}` }), START + at * 100_000);

  const groups = alone.takeReports(100, reportable()).flatMap(({ units }) => units);
  expect(groups.length).toBeLessThanOrEqual(50);
});

test("idle counters go while others are used", () => {
  const alone = new AloneUnits();
  for (let at = 0; at < 20; at++) alone.add(checkOf({ key: `idle ${at}` }), START);

  for (let at = 0; at < 60; at++) alone.add(checkOf({ key: "busy" }), START + 20 * SECOND);

  expect(alone.takeReports(100, reportable()).map(({ request }) => request.key)).toEqual(["busy"]);
});
