import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { arrivalTimes, PATTERNS, type ScheduleOptions } from "../../src/load/arrivals.ts";

const STEADY: ScheduleOptions = {
  pattern: "steady",
  ratePerSecond: 100,
  forMs: 10_000,
  startMs: 1_000_000_000_000,
  factor: 10,
  everyMs: 4000,
  burstMs: 1000,
  windowMs: 3000,
};

describe("arrivalTimes()", () => {
  test("spaces a steady rate evenly from the first millisecond on", () => {
    const times = [...arrivalTimes({ ...STEADY, ratePerSecond: 4, forMs: 1000 })];

    expect(times).toEqual([0, 250, 500, 750]);
  });

  test("sends a whole run's worth however odd the rate", () => {
    expect([...arrivalTimes({ ...STEADY, ratePerSecond: 333, forMs: 30_000 })]).toHaveLength(9990);
  });

  test("ramps from nothing to the rate", () => {
    const times = [...arrivalTimes({ ...STEADY, pattern: "ramp" })];

    expect(times).toHaveLength(500);
    expect(countBetween(times, 0, 4999)).toBe(125);
    expect(countBetween(times, 0, 8999)).toBe(405);
  });

  test("multiplies the rate at the end of each round of bursts", () => {
    const times = [...arrivalTimes({ ...STEADY, pattern: "burst" })];

    expect(countBetween(times, 0, 3000)).toBe(300);
    expect(countBetween(times, 3000, 4000)).toBe(1000);
    expect(countBetween(times, 4000, 7000)).toBe(300);
    expect(countBetween(times, 7000, 8000)).toBe(1000);
    expect(times).toHaveLength(2800);
  });

  test("spikes once, halfway", () => {
    const times = [...arrivalTimes({ ...STEADY, pattern: "spike" })];

    expect(countBetween(times, 4500, 5500)).toBe(1000);
    expect(times).toHaveLength(1900);
  });

  test("is silent before a window ends, bursts across its end, and goes on through the next", () => {
    const startMs = 3000 * 1_000_000 + 1200;
    const times = [...arrivalTimes({ ...STEADY, pattern: "boundary", startMs, forMs: 12_000 })];

    expect(countBetween(times, 0, 1300)).toBe(0);
    expect(countBetween(times, 1300, 2300)).toBe(1000);
    expect(countBetween(times, 2300, 4800)).toBe(250);
    expect(countBetween(times, 4800, 7300)).toBe(0);
    expect(countBetween(times, 7300, 8300)).toBe(1000);
  });

  test("keeps the half of a burst that is left when a run begins on a boundary's heels", () => {
    const startMs = 3000 * 1_000_000 + 2900;
    const times = [...arrivalTimes({ ...STEADY, pattern: "boundary", startMs, forMs: 6000 })];

    expect(countBetween(times, 0, 600)).toBe(600);
  });

  test.each([
    ["boundary", { forMs: 5000 }, "Cannot place two windows of 6s in a run of 5s, expected a length that fits"],
    ["boundary", { burstMs: 4000 }, "Cannot place bursts of 4s in windows of 3s, expected a length that fits"],
    ["burst", { everyMs: 500 }, "Cannot place bursts of 1s in rounds of 500ms, expected a length that fits"],
    ["burst", { everyMs: 0, burstMs: 0 }, "Cannot place bursts of 0ms in rounds of 0ms, expected a length that fits"],
    ["spike", { forMs: 500 }, "Cannot place a spike of 1s in a run of 500ms, expected a length that fits"],
  ] as const)("refuses a %s that does not fit: %o", (pattern, wrong, message) => {
    expect(() => arrivalTimes({ ...STEADY, pattern, ...wrong })).toThrow(message);
  });

  test("yields the integral of the rate, in order and within the run, for any pattern", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PATTERNS),
        fc.double({ min: 0.1, max: 2000, noNaN: true }),
        fc.integer({ min: 6000, max: 20_000 }),
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        (pattern, ratePerSecond, forMs, startMs) => {
          const options = { ...STEADY, pattern, ratePerSecond, forMs, startMs };

          const times = [...arrivalTimes(options)];

          expect(times.every((time, at) => time >= (times[at - 1] ?? 0) && time <= forMs)).toBe(true);
          expect([...arrivalTimes(options)]).toEqual(times);
          if (pattern === "steady" || pattern === "hot-key") {
            expect(Math.abs(times.length - (ratePerSecond * forMs) / 1000)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function countBetween(times: readonly number[], fromMs: number, toMs: number): number {
  return times.filter((time) => time >= fromMs && time < toMs).length;
}
