import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Bucket, bucketBoundOf, quantileFromBuckets } from "../../../src/core/system/series-math.ts";
import { ArrivalWaits } from "../../../src/limiter/latency/arrival-waits.ts";
import { readExposition } from "../../../src/prometheus/exposition.ts";

/** Stalls, each with the time after it in which the node runs. */
const cycles = fc.array(
  fc.record({ stallMs: fc.integer({ min: 10, max: 3000 }), runMs: fc.integer({ min: 0, max: 3000 }) }),
  { minLength: 1, maxLength: 6 },
);

test.each([
  [120, 200],
  [250, 500],
  [70, 1000],
  [500, 5000],
])(
  "ArrivalWaits of stalls of %p in every %p ms: the p99 is that of an arrival at a random moment",
  async (stallMs, everyMs) => {
    const buckets = await bucketsOf(Array.from({ length: 20 }, () => ({ stallMs, runMs: everyMs - stallMs })));

    const p99Ms = (quantileFromBuckets(buckets, 0.99) ?? 0) * 1000;

    const exactMs = stallMs - 0.01 * everyMs;
    expect(p99Ms).toBeGreaterThanOrEqual(exactMs * 0.99);
    expect(p99Ms).toBeLessThanOrEqual(exactMs * 1.1);
  },
);

test("ArrivalWaits of any stalls agree with the waits of arrivals at evenly spread moments", async () => {
  await fc.assert(
    fc.asyncProperty(cycles, async (some) => {
      const waitsMs = some.flatMap(({ stallMs }) => Array.from({ length: stallMs }, (_, at) => stallMs - at - 0.5));
      const runsMs = some.reduce((sum, { runMs }) => sum + runMs, 0);

      const buckets = await bucketsOf(some);

      expect(buckets.at(-1)?.count).toBe(runsMs + waitsMs.length);
      for (const { upperBound, count } of buckets) {
        const within = runsMs + waitsMs.filter((waitMs) => waitMs <= upperBound * 1000).length;
        expect(Math.abs(count - within)).toBeLessThanOrEqual(some.length + 1);
      }
    }),
    { numRuns: 30 },
  );
});

test("ArrivalWaits never falls from one bound to the next, nor with time", async () => {
  await fc.assert(
    fc.asyncProperty(cycles, cycles, async (first, second) => {
      const early = await bucketsOf(first);
      const late = await bucketsOf([...first, ...second]);

      const counts = early.map(({ count }) => count);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(late.every(({ count }, index) => count >= (counts[index] ?? 0))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("ArrivalWaits of a node that never stalls are all 0", async () => {
  const buckets = await bucketsOf([{ stallMs: 0, runMs: 1000 }]);

  expect(new Set(buckets.map(({ count }) => count))).toEqual(new Set([1000]));
});

interface Cycle {
  readonly stallMs: number;
  readonly runMs: number;
}

async function bucketsOf(some: readonly Cycle[]): Promise<readonly Bucket[]> {
  const waits = new ArrivalWaits();
  for (const { stallMs, runMs } of some) waits.observe({ elapsedMs: stallMs + runMs, stallMs });
  const { samples } = await readExposition(pageOf(waits.exposition()));
  return samples
    .filter(({ name }) => name === "ratelimiter_arrival_wait_seconds_bucket")
    .map(({ labels, value }) => ({ upperBound: bucketBoundOf(labels["le"]) ?? Number.NaN, count: value }));
}

async function* pageOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
