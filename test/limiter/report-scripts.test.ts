import { afterAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Algorithm } from "../../lua/algorithms.ts";
import { callScript, REPORT_SCRIPTS, RESET_SCRIPT, SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { type Answer, connectForTest, play, setClock, withTestClock } from "./redis-clock.ts";

const SECOND = 1_000_000;
const WINDOW = 10 * SECOND;
/** The beginning of a fixed window. */
const START = 1_700_000_000 * SECOND;

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

/** One counter, by a clock of the test's own. */
function counterOf(algorithm: Algorithm, limit: number, windowUs = WINDOW) {
  const key = `key ${keys++}`;
  const decide = withTestClock(SCRIPTS[algorithm]);
  const report = withTestClock(REPORT_SCRIPTS[algorithm]);
  return {
    key,
    check: async (us: number, cost = 1): Promise<Answer> => {
      const [answer] = await play(client, decide, [{ atUs: START + us, limit, windowUs, cost }], key);
      if (!answer) throw new Error("Cannot read the answer of a check");
      return answer;
    },
    report: async (us: number, ...units: (readonly [us: number, units: number])[]): Promise<number> => {
      await setClock(client, START + us);
      const args = units.flatMap(([atUs, count]) => [START + atUs, count]);
      const [taken = 0] = await callScript(client, report, { keys: [key], args: [limit, windowUs, ...args] });
      return taken;
    },
    reset: async (us: number): Promise<void> => {
      await setClock(client, START + us);
      await callScript(client, withTestClock(RESET_SCRIPT), { keys: [key], args: [] });
    },
  };
}

describe("a report to the exact sliding window", () => {
  test("counts units from their own time", async () => {
    const { report, check } = counterOf("sliding-window", 5);
    await check(4 * SECOND);

    const taken = await report(8 * SECOND, [2 * SECOND, 2], [6 * SECOND, 2]);
    const answers = [];
    for (const us of [8 * SECOND, 12 * SECOND, 12 * SECOND + 1]) answers.push(await check(us));

    expect(taken).toBe(4);
    expect(answers.map(({ retryUs, count }) => [retryUs, count])).toEqual([
      [4 * SECOND + 1, 5],
      [1, 5],
      [0, 4],
    ]);
  });

  test("counts no unit later than now, and none that is older than a window", async () => {
    const { report, check } = counterOf("sliding-window", 5);

    const taken = await report(11 * SECOND, [SECOND - 1, 1], [SECOND, 1], [99 * SECOND, 2]);
    const answers = [await check(11 * SECOND), await check(21 * SECOND), await check(21 * SECOND + 1)];

    expect([taken, ...answers.map(({ count }) => count)]).toEqual([3, 4, 4, 2]);
  });

  test("keeps the newest where there are more than the limit in all", async () => {
    const { report, check } = counterOf("sliding-window", 5);
    await check(0, 4);

    await report(6 * SECOND, [2 * SECOND, 2], [4 * SECOND, 2]);
    const answer = await check(6 * SECOND);

    expect([answer.count, answer.retryUs]).toEqual([5, 4 * SECOND + 1]);
  });

  test("takes over nothing from before a reset", async () => {
    const { report, check, reset } = counterOf("sliding-window", 5);
    await check(0);
    await reset(2 * SECOND);

    const taken = await report(4 * SECOND, [SECOND, 2], [3 * SECOND, 1]);

    expect([taken, (await check(4 * SECOND)).count]).toEqual([1, 2]);
  });

  test("overwrites a value that is no counter", async () => {
    const { key, report, check } = counterOf("sliding-window", 5);
    await client.set(key, `P${"\0".repeat(40)}x`);

    await report(SECOND, [0, 2]);

    expect((await check(SECOND)).count).toBe(3);
  });

  test("leaves a counter that expires", async () => {
    const { key, report } = counterOf("sliding-window", 5);

    await report(SECOND, [0, 2]);

    expect(await client.pttl(key)).toBeGreaterThan(9000);
  });

  test.each([
    ["a small limit, kept as a log", 5, WINDOW],
    ["limits kept as a ring", 700, WINDOW],
    ["a window whose stamps are milliseconds", 40, 3_600 * SECOND],
  ])(
    "is as if the units had been taken then: %s",
    async (_name, limit, windowUs) => {
      const ms = fc.integer({ min: 0, max: Math.floor(windowUs / 1000) }).map((ms) => ms * 1000);
      const ops = fc.array(
        fc.record({
          gap: fc.oneof(fc.constantFrom(0, 1000), ms),
          cost: fc.integer({ min: 1, max: Math.max(1, Math.floor(limit / 3)) }),
          agoUs: fc.array(ms, { maxLength: 8 }),
        }),
        { minLength: 10, maxLength: 25 },
      );
      await fc.assert(
        fc.asyncProperty(ops, async (steps) => {
          const { report, check } = counterOf("sliding-window", limit, windowUs);
          let us = 2 * windowUs;
          let taken: { us: number; units: number }[] = [];
          const live = () => taken.filter((one) => one.us >= us - windowUs);

          for (const { gap, cost, agoUs } of steps) {
            us += gap;
            if (agoUs.length > 0) {
              const units = agoUs.toSorted((a, b) => b - a).map((ago) => [us - ago, cost] as const);
              await report(us, ...units);
              taken.push(...units.map(([at, count]) => ({ us: at, units: count })));
              taken = newest(live(), limit);
            }
            const count = live().reduce((sum, { units }) => sum + units, 0);
            const answer = await check(us, cost);

            const isAllowed = count + cost <= limit;
            expect([answer.retryUs === 0, answer.count]).toEqual([isAllowed, isAllowed ? count + cost : count]);
            if (isAllowed) taken.push({ us, units: cost });
          }
        }),
        { numRuns: 12 },
      );
    },
    30_000,
  );
});

test("a report to a limit kept in buckets is never forgotten too early", async () => {
  const { report, check } = counterOf("sliding-window", 100_000);
  for (let us = 0; us < 700; us++) await check(us * 1000);

  await report(SECOND, [800_000, 9000]);
  const [now, later] = [await check(SECOND), await check(WINDOW + 800_000)];

  expect([now.count, later.count]).toEqual([9701, 9002]);
});

test("a report to a fixed window counts what was taken in the current one, up to the limit", async () => {
  const { report, check } = counterOf("fixed-window", 5);
  await check(11 * SECOND);

  const before = await report(13 * SECOND, [9 * SECOND, 2], [12 * SECOND, 2]);
  const answer = await check(13 * SECOND);
  await report(14 * SECOND, [12 * SECOND, 9]);

  expect([before, answer.count]).toEqual([4, 4]);
  expect([(await check(14 * SECOND)).count, (await check(20 * SECOND)).count]).toEqual([5, 1]);
});

test("a report to a sliding counter counts in the window in which the units were taken", async () => {
  const { report, check } = counterOf("sliding-counter", 10);
  await check(11 * SECOND);

  await report(15 * SECOND, [8 * SECOND, 4], [12 * SECOND, 3]);

  expect((await check(15 * SECOND)).count).toBe(7);
});

test("a report to a bucket that drains fills it at the time of the units, no further than full", async () => {
  const { report, check } = counterOf("gcra", 10);

  await report(8 * SECOND, [3 * SECOND, 4], [6 * SECOND, 2]);
  const first = await check(8 * SECOND);
  await report(9 * SECOND, [9 * SECOND, 50]);
  const full = await check(9 * SECOND);

  expect([first.count, full.count, full.retryUs]).toEqual([2, 10, SECOND]);
});

/** The last units of a list, as many as the limit. */
function newest(taken: readonly { us: number; units: number }[], limit: number): { us: number; units: number }[] {
  let left = limit;
  const kept = taken
    .toSorted((a, b) => b.us - a.us)
    .map(({ us, units }) => {
      const count = Math.min(units, left);
      left -= count;
      return { us, units: count };
    });
  return kept.filter(({ units }) => units > 0).toReversed();
}
