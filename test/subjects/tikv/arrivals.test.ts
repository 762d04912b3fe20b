import { expect, test } from "bun:test";
import { type Arrivals, arrivalsOf, lateAnswersOf } from "../../../src/subjects/tikv/metrics/arrivals.ts";

const WINDOW_MS = 10_000;

/** What a store with two others remembers after readings of a second each. */
function after(readings: readonly (readonly [received: number, unreached: number])[]): {
  readonly arrivals: Arrivals;
  readonly atMs: number;
} {
  let arrivals: Arrivals | undefined;
  let atMs = 0;
  for (const [receivedMessages, count] of readings) {
    atMs += 1000;
    const unreachablePerSecond = count > 0 ? { 4: 1, 5: 1 } : {};
    const unreachableMessages = { 4: count, 5: count };
    arrivals = arrivalsOf(
      { receivedMessages, unreachablePerSecond, unreachableMessages },
      { previous: arrivals, atMs },
    );
  }
  if (!arrivals) throw new RangeError("Cannot remember anything of no reading");
  return { arrivals, atMs };
}

function seenAfter(
  readings: readonly (readonly [received: number, unreached: number])[],
  others: readonly string[] = ["4", "5"],
) {
  const { arrivals, atMs } = after(readings);
  return lateAnswersOf(arrivals, { others, atMs, windowMs: WINDOW_MS });
}

/** So many readings of the same kind. */
function readings(many: number, of: (index: number) => readonly [number, number]) {
  return Array.from({ length: many }, (_, index) => of(index));
}

test("lateAnswersOf() says late where messages arrive and others go on to be lost", () => {
  expect(seenAfter([[100, 0], ...readings(8, (index) => [110 + 10 * index, 1 + index])])).toBe("late");
});

test("lateAnswersOf() says none where nothing arrives while others go on to be lost", () => {
  expect(seenAfter([[100, 0], ...readings(8, (index) => [110, 1 + index])])).toBe("none");
});

test("lateAnswersOf() says none where nothing arrives for as long as rates are read, although nobody sends any more", () => {
  expect(seenAfter([[100, 0], ...readings(8, () => [110, 3])])).toBeUndefined();
  expect(seenAfter([[100, 0], ...readings(12, () => [110, 3])])).toBe("none");
});

test("lateAnswersOf() does not say late of a way that was cut and serves again", () => {
  const cut = readings(8, (index) => [110, 1 + index]);

  expect(seenAfter([[100, 0], ...cut, ...readings(4, (index) => [120 + 10 * index, 8])])).toBeUndefined();
});

test("lateAnswersOf() says nothing in the first seconds, nor of a store that reaches another one", () => {
  const late = [[100, 0], ...readings(8, (index) => [110 + 10 * index, 1 + index] as const)] as const;

  expect(seenAfter(late.slice(0, 3))).toBeUndefined();
  expect(seenAfter(late, ["4", "5", "6"])).toBeUndefined();
});

test("arrivalsOf() knows nothing of a store that does not count what arrives", () => {
  const counted = { unreachablePerSecond: {}, unreachableMessages: {} };

  expect(arrivalsOf(counted, { previous: undefined, atMs: 1 })).toBeUndefined();
});
