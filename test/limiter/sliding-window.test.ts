import { afterAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { callScript, SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest, play, type Step, withTestClock } from "./redis-clock.ts";
import { SlidingWindowModel } from "./sliding-window-model.ts";

const SECOND = 1_000_000;
const WINDOW = 10 * SECOND;
const START = 1_700_000_000 * SECOND;

const server = await startRedis();
const client = await connectForTest(server.url);
const exact = SCRIPTS["sliding-window"];
const script = withTestClock(exact);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

function run(steps: readonly Step[], key = `key ${keys++}`) {
  return play(client, script, steps, key);
}

/** Steps at random times: close together, windows apart, at the very border, and back. */
function stepsOf(limits: readonly number[], windows: readonly number[]): fc.Arbitrary<Step[]> {
  const gap = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 2000 }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: WINDOW }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * WINDOW }) },
    { weight: 1, arbitrary: fc.constantFrom(WINDOW - 1, WINDOW, WINDOW + 1) },
    { weight: 1, arbitrary: fc.integer({ min: -2 * WINDOW, max: 0 }) },
  );
  const share = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1.1, noNaN: true }) },
  );
  const step = fc.record({ gap, share, limit: fc.constantFrom(...limits), windowUs: fc.constantFrom(...windows) });
  return fc.array(step, { minLength: 40, maxLength: 150 }).map((steps) => {
    let atUs = START;
    return steps.map(({ gap, share, limit, windowUs }) => {
      atUs += gap;
      return { atUs, limit, windowUs, cost: Math.max(1, Math.floor(share * limit)) };
    });
  });
}

describe("the exact sliding window answers as the reference model does", () => {
  test.each([
    ["one small limit", [5], [WINDOW]],
    ["a limit kept as a packed log", [100], [WINDOW]],
    ["limits on both sides of the packed log's end", [512, 513], [WINDOW]],
    ["limits of packed log and ring in turn", [5, 100, 600, 4000], [WINDOW]],
    ["limits and windows in turn", [5, 513, 700, 4000], [WINDOW, WINDOW / 2, 3 * WINDOW]],
  ])(
    "%s",
    async (_name, limits, windows) => {
      await fc.assert(
        fc.asyncProperty(stepsOf(limits, windows), async (steps) => {
          const models = new Map(steps.map(({ windowUs }) => [windowUs, new SlidingWindowModel()]));
          const decided = steps.flatMap((step) => models.get(step.windowUs)?.decide(step) ?? []);

          const answers = await run(steps);

          expect(answers.map(({ nowUs: _now, epochUs: _epoch, ...answer }) => answer)).toEqual(decided);
        }),
        { numRuns: 30 },
      );
    },
    20_000,
  );
});

describe("at its borders the exact sliding window", () => {
  const WINDOWS = [WINDOW, 3600 * SECOND, 40 * 86_400 * SECOND];

  test.each([1, 100, 511, 512, 513, 10_000, 99_999, 100_000, 250_000])(
    "allows a limit of %i and no more",
    async (limit) => {
      const parts = [limit - Math.floor(limit / 2), Math.floor(limit / 2), 1].filter((cost) => cost > 0);
      const steps = parts.map((cost, at) => ({ atUs: START + at, limit, windowUs: WINDOW, cost }));

      const answers = await run(steps);

      expect(answers.map(({ retryUs }) => retryUs > 0)).toEqual(parts.map((_, at) => at === parts.length - 1));
      expect(answers.at(-1)?.count).toBe(limit);
    },
  );

  test.each(WINDOWS)(
    "holds a unit for all of a window of %i µs and for at most a hundredth longer",
    async (windowUs) => {
      const limit = 3;
      const at = (atUs: number): Step => ({ atUs, limit, windowUs, cost: 3 });

      const answers = await run([at(START + 777), at(START + 777 + windowUs), at(START + 777 + windowUs * 1.01)]);

      expect(answers.map(({ count }) => count)).toEqual([3, 3, 3]);
      expect(answers.map(({ retryUs }) => retryUs === 0)).toEqual([true, false, true]);
    },
  );

  test("never allows a cost above the limit, and says to come back a window later", async () => {
    const answers = await run([{ atUs: START, limit: 5, windowUs: WINDOW, cost: 6 }]);

    expect(answers).toMatchObject([{ retryUs: WINDOW, count: 0, moreUs: 0, resetUs: 0 }]);
  });

  test("keeps the units of a lowered limit", async () => {
    const step = { windowUs: WINDOW, cost: 1 };
    const raised = Array.from({ length: 700 }, (_, at) => ({ ...step, atUs: START + at, limit: 700 }));

    const answers = await run([
      ...raised,
      { ...step, atUs: START + 700, limit: 10 },
      { ...step, atUs: START + 689 + WINDOW, limit: 10 },
      { ...step, atUs: START + 691 + WINDOW, limit: 10 },
    ]);

    expect(answers.slice(-3)).toMatchObject([
      { retryUs: WINDOW - 9, count: 700 },
      { retryUs: 2, count: 11 },
      { retryUs: 0, count: 10 },
    ]);
  });

  test("gives every step back of the clock a new epoch, and no change of limit or window", async () => {
    const step = { atUs: START, limit: 5, windowUs: WINDOW, cost: 1 };
    const after = (us: number, change: Partial<Step> = {}): Step => ({ ...step, atUs: START + us, ...change });

    const answers = await run([
      after(0),
      after(1),
      after(2, { limit: 6 }),
      after(3, { limit: 6 }),
      after(4, { windowUs: 2 * WINDOW }),
      after(-9, { windowUs: 2 * WINDOW }),
      after(9, { windowUs: 2 * WINDOW }),
      after(10),
    ]);

    expect(answers.map(({ epochUs }) => epochUs && epochUs - START)).toEqual([0, 0, 0, 0, 0, -9, -9, 0]);
  });

  test("counts what is no counter as none", async () => {
    await client.set("a list's name", "P too short");
    await client.lpush("a list", "1");
    const step = { atUs: START, limit: 5, windowUs: WINDOW, cost: 1 };

    const answers = [await run([step, step], "a list"), await run([step, step], "a list's name")];

    expect(answers.map((both) => both.map(({ count }) => count))).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});

describe("in Redis the exact sliding window", () => {
  const call = (key: string, limit: number, windowUs: number, cost: number) =>
    callScript(client, exact, { keys: [key], args: [limit, windowUs, cost, 1] });

  test.each([10, 5000, 200_000])("lets every counter expire, at a limit of %i", async (limit) => {
    const key = `expires ${limit}`;
    for (const cost of [1, limit / 2, 1, 1]) await call(key, limit, WINDOW, cost);

    const lifeMs = await client.pttl(key);

    expect(lifeMs).toBeGreaterThan(WINDOW / 1000);
    expect(lifeMs).toBeLessThanOrEqual((WINDOW / 1000) * 1.25 + 2000);
  });

  test("keeps a counter that is used for as long as it is", async () => {
    const key = "used";
    await callScript(client, exact, { keys: Array(600).fill(key), args: [5000, WINDOW, 1, 600] });
    await client.pexpire(key, 30_000);
    const ending = 53 - 8;
    const header = await client.getrangeBuffer(key, 0, 52);
    header.writeDoubleLE(header.readDoubleLE(ending) - 5 * SECOND, ending);
    await client.setrange(key, 0, header);

    await call(key, 5000, WINDOW, 1);

    expect(await client.pttl(key)).toBeGreaterThan(12_000);
  });

  test("takes at most a twentieth of the memory of a sorted set at a limit of 1,000", async () => {
    const limit = 1000;
    const member = (at: number) => `${START + at}-${at}`;
    await client.zadd("sorted", ...Array.from({ length: limit }, (_, at) => [START + at, member(at)]).flat());
    for (let at = 0; at < limit; at++) await call("ratelimit:{user:1}:sliding-window", limit, 60 * SECOND, 1);

    const [ours, sorted] = await Promise.all([
      client.memory("USAGE", "ratelimit:{user:1}:sliding-window"),
      client.memory("USAGE", "sorted"),
    ]);

    expect((ours ?? 0) / (sorted ?? 0)).toBeLessThan(0.05);
  });

  test("decides several checks of one call, each by what it asks", async () => {
    const keys = ["several a", "several b", "several a", "several c"];
    const args = [2, WINDOW, 1, 3, 9, WINDOW, 4, 1];

    const [now = 0, ...numbers] = await callScript(client, exact, { keys, args });

    const counts = [0, 1, 2, 3].map((at) => numbers[at * 5 + 1]);
    expect(counts).toEqual([1, 1, 2, 4]);
    expect(Math.abs(now / 1000 - Date.now())).toBeLessThan(60_000);
  });

  test("reads limit, window and count of counters, and zeros where there is none", async () => {
    await call("read a", 7, WINDOW, 3);
    await call("read b", 5000, WINDOW, 600);
    await call("read c", 200_000, WINDOW, 150_000);
    const before = await client.dump("read b");

    const [, ...numbers] = await callScript(client, exact, {
      keys: ["read a", "read b", "read c", "read d"],
      args: [],
    });

    expect(numbers).toEqual([7, WINDOW, 3, 5000, WINDOW, 600, 200_000, WINDOW, 150_000, 0, 0, 0]);
    expect(await client.dump("read b")).toEqual(before);
  });
});
