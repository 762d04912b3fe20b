import { afterAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest, play, type Step, withTestClock } from "./redis-clock.ts";
import { mostInAnyWindow } from "./sliding-window-model.ts";

const SECOND = 1_000_000;
const WINDOW = 10 * SECOND;
const START = 1_700_000_000 * SECOND;

const server = await startRedis();
const client = await connectForTest(server.url);
const script = withTestClock(SCRIPTS["sliding-window"]);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

function run(steps: readonly Step[], key = `key ${keys++}`) {
  return play(client, script, steps, key);
}

/** More units at as many times than a log holds: from then on the counter is one of buckets. */
function crowd(limit: number): Step[] {
  return Array.from({ length: 520 }, (_, at) => ({ atUs: START - 1000 + at, limit, windowUs: WINDOW, cost: 1 }));
}

describe("from a limit of 100,000 up, counted in buckets, the sliding window", () => {
  test("never allows more in any window, and nearly as much as an exact one", async () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: WINDOW / 40 }),
      share: fc.double({ min: 0, max: 0.02, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 200, maxLength: 300 }), async (raw) => {
        const limit = 200_000;
        let atUs = START;
        const walk = raw.map(({ gap, share }) => {
          atUs += gap;
          return { atUs, limit, windowUs: WINDOW, cost: Math.max(1, Math.floor(share * limit)) };
        });
        const steps = [...crowd(limit), ...walk];
        const key = `key ${keys++}`;

        const answers = await run(steps, key);

        expect(await client.getrange(key, 0, 0)).toBe("B");
        expect(mostInAnyWindow(steps, answers, WINDOW)).toBeLessThanOrEqual(limit);
        for (const [at, { count, retryUs }] of answers.entries()) {
          const { cost = 0 } = steps[at] ?? {};
          const longer = mostEnding(steps.slice(0, at), answers, {
            atUs: steps[at]?.atUs ?? 0,
            windowUs: WINDOW * 1.011,
          });
          if (retryUs > 0) expect(longer + cost).toBeGreaterThan(limit);
          expect(count).toBeLessThanOrEqual(longer + cost);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test("says of buckets that become a log that all is free no sooner than the first of it", async () => {
    const steps = [
      ...Array.from({ length: 520 }, () => ({ atUs: START, limit: 200_000, windowUs: WINDOW, cost: 1 })),
      ...crowd(200_000).map((one) => ({ ...one, atUs: one.atUs + 1001 })),
      { atUs: START + 522, limit: 2000, windowUs: WINDOW, cost: 1 },
    ];

    const last = (await run(steps)).at(-1);

    expect(last).toMatchObject({ retryUs: 0 });
    expect(last?.resetUs).toBeGreaterThanOrEqual(last?.moreUs ?? Number.NaN);
  });

  test("allows a denied cost at the time it was told, and not a moment before", async () => {
    const limit = 100_000;
    const fill = Array.from({ length: 100 }, (_, at) => ({
      atUs: START + at * 70_000,
      limit,
      windowUs: WINDOW,
      cost: 995,
    }));
    const key = "told";
    const now = START + 8 * SECOND;
    const [denied] = (
      await run([...crowd(limit), ...fill, { atUs: now, limit, windowUs: WINDOW, cost: 2500 }], key)
    ).slice(-1);
    const waitUs = denied?.retryUs ?? 0;

    const again = await run(
      [now + waitUs - 1, now + waitUs].map((atUs) => ({ atUs, limit, windowUs: WINDOW, cost: 2500 })),
      key,
    );

    expect(await client.getrange(key, 0, 0)).toBe("B");
    expect(waitUs).toBeGreaterThan(2 * SECOND);
    expect(again.map(({ retryUs }) => retryUs)).toEqual([1, 0]);
  });

  test("keeps units when the limit falls below or rises above or the clock steps back", async () => {
    const step = { windowUs: WINDOW, cost: 300 };
    const low = { ...step, limit: 50_000 };
    const high = { ...step, limit: 150_000 };

    const key = "changed";
    const kinds: string[] = [];
    const answers = [];
    for (const steps of [
      crowd(150_000),
      [{ ...high, atUs: START }],
      [{ ...low, atUs: START + 1 }],
      [{ ...high, atUs: START + 2, cost: 100_000 }],
      [{ ...low, atUs: START + 3 }],
      crowd(150_000).map((step) => ({ ...step, atUs: step.atUs + 1004 })),
      [{ ...high, atUs: START + 600 }],
      [{ ...high, atUs: START - WINDOW }],
      [{ ...high, atUs: START + 0.9 * WINDOW }],
      [{ ...high, atUs: START + 3 * WINDOW }],
      [{ ...low, atUs: START + 3 * WINDOW + 1 }],
    ]) {
      answers.push((await run(steps, key)).at(-1));
      kinds.push(await client.getrange(key, 0, 0));
    }

    expect(kinds.join("")).toBe("BBpppBBBBBp");
    expect(answers.map((answer) => answer?.count)).toEqual([
      520, 820, 1120, 101_120, 101_120, 101_640, 101_940, 102_240, 300, 300, 600,
    ]);
  });
});

/** Units allowed in the window of that length that ends at that time. */
function mostEnding(
  steps: readonly Step[],
  answers: readonly { readonly retryUs: number }[],
  { atUs, windowUs }: { readonly atUs: number; readonly windowUs: number },
): number {
  return steps.reduce(
    (sum, step, at) => (answers[at]?.retryUs === 0 && step.atUs >= atUs - windowUs ? sum + step.cost : sum),
    0,
  );
}
