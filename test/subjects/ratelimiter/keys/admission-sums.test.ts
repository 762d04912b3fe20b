import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { AdmissionSeries } from "../../../../src/subjects/ratelimiter/client/replies.ts";
import { unitsTouched, worstPeak } from "../../../../src/subjects/ratelimiter/keys/admission-sums.ts";
import { NOW_US, series } from "../observations.ts";

const NODES = 3;
const WINDOW_MS = 1000;
const BUCKET_US = 10_000;

const Check = fc.record({
  /** Microseconds after the check before. */
  afterUs: fc.oneof({ weight: 4, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.nat(1_200_000) }),
  node: fc.nat(NODES - 1),
  cost: fc.integer({ min: 1, max: 3 }),
});
const Run = fc.record({
  startUs: fc.nat(5_000_000),
  limit: fc.integer({ min: 1, max: 25 }),
  checks: fc.array(Check, { minLength: 1, maxLength: 300, size: "max" }),
  /** New limits and resets, each before the check of that number. */
  limits: fc.dictionary(fc.nat(300).map(String), fc.integer({ min: 1, max: 25 }), { maxKeys: 3 }),
  resets: fc.uniqueArray(fc.nat(300), { maxLength: 3 }),
  /** Before which check each node's log is read; one that does not answer is never read. */
  polls: fc.array(fc.option(fc.nat(301)), { minLength: NODES, maxLength: NODES }),
});
type Run = typeof Run extends fc.Arbitrary<infer T> ? T : never;

describe("worstPeak()", () => {
  test("never accuses an exact limiter, whatever its traffic, resets, changed limits and times of reading", () => {
    fc.assert(
      fc.property(Run, (run) => {
        const peak = worstPeak(logsOf(run, decideExactly), 0);

        expect(peak?.units ?? 0).toBeLessThanOrEqual(peak?.limit ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  test("accuses nodes that each allow the limit by themselves, once two have had their fill", () => {
    fc.assert(
      fc.property(fc.nat(5_000_000), fc.integer({ min: 2, max: 25 }), (startUs, limit) => {
        const checks = Array.from({ length: NODES * limit }, (_, at) => ({ afterUs: 500, node: at % NODES, cost: 1 }));
        const run = { startUs, limit, checks, limits: {}, resets: [], polls: [400, 400, null] };

        expect(worstPeak(logsOf(run, decideAlone), 0)).toMatchObject({ units: 2 * limit, limit });
      }),
    );
  });

  test("finds no more than what was truly allowed in some window, though the limiter allows too much", () => {
    fc.assert(
      fc.property(Run, (run) => {
        const once = { ...run, limits: {}, resets: [] };
        const peak = worstPeak(logsOf(once, decideAlone), 0);

        expect(peak?.units ?? 0).toBeLessThanOrEqual(mostInAnyWindow(once));
      }),
    );
  });

  test("finds no more than was allowed in a window that is longer by twice the error of the nodes' clocks", () => {
    fc.assert(
      fc.property(Run, fc.nat(BUCKET_US), fc.array(fc.integer({ min: -1, max: 1 })), (run, errorUs, signs) => {
        const once = { ...run, limits: {}, resets: [] };
        const peak = worstPeak(
          logsOf(once, decideAlone, (at) => errorUs * (signs[at % signs.length] ?? 0)),
          0,
        );

        expect(peak?.units ?? 0).toBeLessThanOrEqual(mostInAnyWindow(once, 2 * errorUs));
      }),
    );
  });

  test("says which window, and prefers the one that is most above its limit", () => {
    const peak = worstPeak([series({ 10: 90 }), series({ 20: 30 }, { limit: 20 })], 0);

    expect(peak).toEqual({ key: "ann", limit: 20, windowMs: 10_000, units: 30, endUs: NOW_US - 19 * 100_000 });
  });

  test("adds up fixed windows each for itself, and of a bucket that lies in two of them nothing", () => {
    const half = { windowMs: 150, bucketUs: 100_000 };

    expect(worstPeak([series({ 99: 70, 101: 80 })], 0, "fixed")).toMatchObject({
      units: 80,
      endUs: NOW_US - 10_000_000,
    });
    expect(worstPeak([series({ 1: 70, 2: 80, 3: 90 }, half)], 0, "fixed")).toMatchObject({ units: 90 });
    expect(worstPeak([series({ 1: 80 }, half)], 0, "fixed")).toBeUndefined();
  });

  test("finds nothing where a bucket is longer than the window, or nothing was allowed", () => {
    expect(worstPeak([series({ 1: 5 }, { windowMs: 50 })], 0)).toBeUndefined();
    expect(worstPeak([], 0)).toBeUndefined();
  });
});

test("unitsTouched() counts every bucket that a span touches", () => {
  const logs = [series({ 0: 1, 1: 2, 2: 4, 3: 8 })];

  expect(unitsTouched(logs, { fromUs: NOW_US - 150_000, toUs: NOW_US - 50_000 })).toBe(6);
});

/** What was admitted, and what decided. */
interface Admitted {
  readonly atUs: number;
  readonly node: number;
  readonly cost: number;
  readonly limit: number;
  readonly epochUs: number;
}

type Decide = (check: Admitted, before: readonly Admitted[]) => boolean;

/** What was allowed less than a window ago counts, on whichever node and under whichever limit; a reset forgets it. */
function decideExactly({ atUs, cost, limit }: Admitted, before: readonly Admitted[]): boolean {
  return unitsIn(before.filter((one) => one.atUs > atUs - WINDOW_MS * 1000)) + cost <= limit;
}

function decideAlone(check: Admitted, before: readonly Admitted[]): boolean {
  return decideExactly(
    check,
    before.filter(({ node }) => node === check.node),
  );
}

/** Runs the checks and reads the logs, each at its time. */
function logsOf(run: Run, decide: Decide, offUs: (check: number) => number = () => 0): readonly AdmissionSeries[] {
  const admitted = admissionsOf(run, decide).map((one) => ({ ...one, atUs: one.atUs + offUs(one.check) }));
  return run.polls.flatMap((poll, node) => {
    const seen = admitted.filter((one) => one.node === node && one.check < (poll ?? 0));
    const rules = Map.groupBy(seen, ({ limit, epochUs }) => `${limit} ${epochUs}`);
    return [...rules.values()].map((ones) => toSeries(ones));
  });
}

function admissionsOf({ startUs, limit: first, checks, limits, resets }: Run, decide: Decide) {
  const admitted: (Admitted & { readonly check: number })[] = [];
  let counting: Admitted[] = [];
  let [atUs, limit, epochUs] = [startUs, first, 0];
  for (const [check, { afterUs, node, cost }] of checks.entries()) {
    atUs += afterUs;
    if (limits[check] !== undefined && limits[check] !== limit) [limit, epochUs] = [limits[check], atUs];
    if (resets.includes(check)) [counting, epochUs] = [[], atUs];
    const one = { atUs, node, cost, limit, epochUs };
    if (!decide(one, counting)) continue;
    counting.push(one);
    admitted.push({ ...one, check });
  }
  return admitted;
}

function toSeries(ones: readonly Admitted[]): AdmissionSeries {
  const [{ limit, epochUs } = { limit: 0, epochUs: 0 }] = ones;
  const buckets = Map.groupBy(ones, ({ atUs }) => Math.floor(atUs / BUCKET_US));
  return {
    key: "ann",
    algorithm: "sliding-window",
    limit,
    windowMs: WINDOW_MS,
    epochUs,
    bucketUs: BUCKET_US,
    buckets: [...buckets].map(([bucket, of]) => [bucket, unitsIn(of)] as const),
  };
}

function mostInAnyWindow(run: Run, moreUs = 0): number {
  const admitted = admissionsOf(run, decideAlone);
  const windows = admitted.map(({ atUs }) =>
    unitsIn(admitted.filter((one) => one.atUs >= atUs && one.atUs < atUs + WINDOW_MS * 1000 + moreUs)),
  );
  return Math.max(0, ...windows);
}

function unitsIn(ones: readonly Pick<Admitted, "cost">[]): number {
  return ones.reduce((sum, { cost }) => sum + cost, 0);
}
