import { afterAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ALGORITHMS, type Algorithm } from "../../lua/algorithms.ts";
import { callScript, RESET_SCRIPT, SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest, play, type Step, setClock, withTestClock } from "./redis-clock.ts";
import { mostInAnyWindow } from "./sliding-window-model.ts";

const SECOND = 1_000_000;
const WINDOW = 10 * SECOND;
/** The start of a fixed window. */
const START = 1_700_000_000 * SECOND;
const OTHERS = ALGORITHMS.filter((algorithm) => algorithm !== "sliding-window");

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

function run(algorithm: Algorithm, steps: readonly Step[], key = `key ${keys++}`) {
  return play(client, withTestClock(SCRIPTS[algorithm]), steps, key);
}

function step(afterUs: number, change: Partial<Step> = {}): Step {
  return { atUs: START + afterUs, limit: 10, windowUs: WINDOW, cost: 1, ...change };
}

/** As many checks of cost 1 at one moment. */
function burst(afterUs: number, count: number): Step[] {
  return Array.from({ length: count }, () => step(afterUs));
}

describe.each(ALGORITHMS)("%s", (algorithm) => {
  test("allows a limit at once and not one unit more", async () => {
    const answers = await run(algorithm, burst(0, 11));

    expect(answers.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
    expect(answers.findIndex(({ retryUs }) => retryUs > 0)).toBe(10);
  });

  test("never allows a cost above the limit", async () => {
    const [answer] = await run(algorithm, [step(0, { cost: 11 })]);

    expect(answer).toMatchObject({ retryUs: WINDOW, count: 0, moreUs: 0, resetUs: 0 });
  });

  test("allows a denied cost at the time it was told, whatever was taken before", async () => {
    const gap = fc.integer({ min: 0, max: WINDOW / 4 });
    const taken = fc.array(fc.record({ gap, cost: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(taken, fc.integer({ min: 1, max: 10 }), async (raw, cost) => {
        let us = 0;
        const steps = raw.map((one) => step((us += one.gap), { cost: one.cost }));
        const key = `told ${algorithm} ${keys++}`;
        const [asked] = (await run(algorithm, [...steps, step(us, { cost })], key)).slice(-1);
        const waitUs = asked?.retryUs ?? 0;

        const [told] = await run(algorithm, [step(us + waitUs, { cost })], key);

        // The counter's arithmetic may round a last microsecond up.
        if (waitUs > 0) expect(told?.retryUs).toBeLessThanOrEqual(algorithm === "sliding-counter" ? 1 : 0);
      }),
      { numRuns: 25 },
    );
  });

  test("says when more quota is there and when all of it is", async () => {
    const taken = [step(0, { cost: 7 }), step(SECOND, { cost: 2 }), step(2 * SECOND)];
    const [, , last] = await run(algorithm, taken);
    const { moreUs = 0, resetUs = 0 } = last ?? {};

    const [, , , more] = await run(algorithm, [...taken, step(2 * SECOND + moreUs)]);
    const [, , , all] = await run(algorithm, [...taken, step(2 * SECOND + resetUs, { cost: 10 })]);

    expect(resetUs).toBeGreaterThanOrEqual(moreUs);
    expect([more?.retryUs, all?.retryUs]).toEqual([0, 0]);
  });

  test("takes what counts along when the limit changes", async () => {
    const answers = await run(algorithm, [...burst(0, 6), step(1, { limit: 20, cost: 4 }), step(3, { limit: 5 })]);

    expect(answers.slice(5).map(({ count, retryUs }) => [count, retryUs > 0])).toEqual([
      [6, false],
      [10, false],
      [10, true],
    ]);
  });

  test("counts each window by itself, also after the other one was reset with it", async () => {
    const key = `windows of ${algorithm}`;
    const long = { windowUs: 3 * WINDOW, limit: 4 };
    const reset = async (us: number): Promise<void> => {
      await setClock(client, START + us);
      await callScript(client, withTestClock(RESET_SCRIPT), { keys: [key], args: [] });
    };

    const before = await run(algorithm, [...burst(0, 2), step(1, long), step(2), step(3, long)], key);
    await reset(4);
    const after = await run(algorithm, [step(5), step(6, long), step(7)], key);

    expect(before.map(({ count, epochUs }) => [count, epochUs])).toEqual([1, 2, 1, 3, 2].map((count) => [count, 0]));
    expect(after.map(({ count, epochUs }) => [count, epochUs - START])).toEqual([1, 1, 2].map((count) => [count, 4]));
  });

  test("allows nothing more when the clock steps back, and everything once its windows are over", async () => {
    const answers = await run(algorithm, [...burst(0, 10), step(-3 * SECOND), step(3 * WINDOW, { cost: 10 })]);

    expect(answers.slice(-2).map(({ retryUs }) => retryUs > 0)).toEqual([true, false]);
  });

  test("counts what is no counter as none", async () => {
    const key = `a list for ${algorithm}`;
    await client.lpush(key, "1");

    const answers = await run(algorithm, [step(0), step(1)], key);

    expect(answers.map(({ count }) => count)).toEqual([1, 2]);
  });

  test("lets its counter expire", async () => {
    const key = `expires ${algorithm}`;
    await callScript(client, SCRIPTS[algorithm], { keys: [key], args: [10, WINDOW, 3, 1] });

    const lifeMs = await client.pttl(key);

    // A window of a fixed border may end at once; what a counter lives longer is a second at least.
    expect(lifeMs).toBeGreaterThan(900);
    expect(lifeMs).toBeLessThanOrEqual((2 * WINDOW) / 1000 + 2000);
  });

  test("is reset to nothing taken in a new epoch, where nothing was only if that is asked for", async () => {
    const key = `reset ${algorithm}`;
    const script = SCRIPTS[algorithm];
    const check = { keys: [key], args: [10, WINDOW, 10, 1] };
    const names = [key, `${key} absent`, `${key} noted`];
    const args = [0, 0, WINDOW];
    const reset = async () => (await callScript(client, RESET_SCRIPT, { keys: names, args }))[0];
    const none = await reset();
    await callScript(client, script, check);

    const one = await reset();
    const lifeMs = await client.pttl(key);
    const read = await callScript(client, script, { keys: [key], args: [] });
    const [now = 0, retryUs, count, , , epochUs = 0] = await callScript(client, script, check);

    expect([none, one]).toEqual([0, 2]);
    expect(await client.exists(`${key} absent`)).toBe(0);
    expect(await client.pttl(`${key} noted`)).toBeGreaterThan(9000);
    expect([...read.subarray(1)]).toEqual([10, WINDOW, 0]);
    expect([retryUs, count]).toEqual([0, 10]);
    expect(epochUs).toBeGreaterThan(now - 60 * SECOND);
    expect(lifeMs).toBeGreaterThan(9000);
  });

  test("reads what it decided last", async () => {
    const key = `read ${algorithm}`;
    await callScript(client, SCRIPTS[algorithm], { keys: [key], args: [10, WINDOW, 3, 1] });

    const reply = await callScript(client, SCRIPTS[algorithm], { keys: [key, "nothing"], args: [] });

    expect([...reply.subarray(1)]).toEqual([10, WINDOW, 3, 0, 0, 0]);
  });
});

describe("the error that is documented for", () => {
  const most = async (algorithm: Algorithm, steps: readonly Step[]) =>
    mostInAnyWindow(steps, await run(algorithm, steps), WINDOW);

  test("a fixed window is twice the limit, around its border", async () => {
    expect(await most("fixed-window", [...burst(WINDOW - 1, 12), ...burst(WINDOW, 12)])).toBe(20);
  });

  test("a sliding counter is up to twice the limit, where all of the previous window came at its end", async () => {
    const later = Array.from({ length: 100 }, (_, at) => step(WINDOW + (at * WINDOW) / 100));

    const peak = await most("sliding-counter", [...burst(WINDOW - 1, 12), ...later]);

    expect(peak).toBeGreaterThan(15);
    expect(peak).toBeLessThanOrEqual(20);
  });

  test("gcra is up to twice the limit less one, after a whole bucket at once", async () => {
    const later = Array.from({ length: 100 }, (_, at) => step(1 + (at * WINDOW) / 100));

    const peak = await most("gcra", [...burst(0, 12), ...later]);

    expect(peak).toBeGreaterThan(15);
    expect(peak).toBeLessThanOrEqual(19);
  });

  test.each(OTHERS)("%s is never more than that", async (algorithm) => {
    const gap = fc.oneof(fc.integer({ min: 0, max: WINDOW / 5 }), fc.constantFrom(0, 1, WINDOW - 1, WINDOW));
    const steps = fc.array(fc.record({ gap, cost: fc.integer({ min: 1, max: 5 }) }), { minLength: 50, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(steps, async (raw) => {
        let us = 0;

        const peak = await most(
          algorithm,
          raw.map(({ gap, cost }) => step((us += gap), { cost })),
        );

        expect(peak).toBeLessThanOrEqual(20);
      }),
      { numRuns: 25 },
    );
  });
});
