/** Several windows on one key: where their counters are, and what becomes of them. */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { ALGORITHMS, type Algorithm } from "../../lua/algorithms.ts";
import { REPORT_SCRIPTS, RESET_SCRIPT, SCRIPTS, type Script } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest } from "./redis-clock.ts";
import { callAt, inVirtualTime } from "./virtual-time.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;
const KEY = "ratelimit:{user:1}";
const RESET = inVirtualTime(RESET_SCRIPT);

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => client.flushall());

interface Check {
  readonly us: number;
  readonly windowMs: number;
  readonly limit?: number;
  readonly cost?: number;
}

/** Checks of one key by one algorithm. */
function checks(algorithm: Algorithm) {
  const script = inVirtualTime(SCRIPTS[algorithm]);
  return async ({ us, windowMs, limit = 5, cost = 1 }: Check) => {
    const [, retryUs = 0, count = 0, , , epochUs = 0] = await at(script, us, [limit, windowMs * 1000, cost, 1]);
    return { allowed: retryUs === 0, count, epochUs, retryUs };
  };
}

function at(script: Script, us: number, args: readonly number[]) {
  return callAt(client, script, { keys: [KEY], args, atUs: START + us });
}

/** Names of counters and lists of windows, with the kinds of what they hold. */
async function kinds(): Promise<string[]> {
  const names = (await client.keys(`${KEY}*`)).toSorted();
  return Promise.all(names.map(async (name) => `${name.slice(KEY.length)} ${await client.getrange(name, 0, 0)}`));
}

describe.each(ALGORITHMS)("by %s", (algorithm) => {
  const check = checks(algorithm);

  test("each of several windows holds by itself, however they take turns", async () => {
    const allowed = { 500: 0, 60_000: 0, 3_600_000: 0 };

    for (let at = 0; at < 12; at++) {
      for (const [windowMs, limit] of [
        [500, 10],
        [60_000, 5],
        [3_600_000, 7],
      ] as const) {
        if ((await check({ us: at * 0.6 * SECOND, windowMs, limit })).allowed) allowed[windowMs] += 1;
      }
    }

    expect(allowed).toEqual({ 500: 12, 60_000: 5, 3_600_000: 7 });
  });

  test("a window that was rolled out and back grants nothing twice, in the epoch that it had", async () => {
    const before = [];
    for (let unit = 0; unit < 6; unit++) before.push(await check({ us: 0, windowMs: 20_000 }));
    for (const us of [1, 2, 3]) await check({ us: us * SECOND, windowMs: 100 });

    const back = await check({ us: 3.5 * SECOND, windowMs: 20_000 });

    expect([...before, back].map(({ epochUs }) => epochUs)).toEqual(Array.from({ length: 7 }, () => 0));
    expect([before[5]?.allowed, back.allowed]).toEqual([false, false]);
  });

  test("the counter is at the name of the key again once it is the only one", async () => {
    await check({ us: 0, windowMs: 1000 });
    await check({ us: 0, windowMs: 10_000 });
    const two = await kinds();

    for (let us = 0; us <= 40 * SECOND; us += 4 * SECOND) await check({ us, windowMs: 10_000, limit: 50 });

    expect(two.map((name) => name.slice(0, -1))).toEqual([" ", ":1000 ", ":10000 "]);
    expect(two[0]).toBe(" W");
    expect(await kinds()).toEqual([` ${two[2]?.at(-1)}`]);
    expect((await check({ us: 40 * SECOND, windowMs: 10_000, limit: 50 })).count).toBeGreaterThan(1);
  });

  test("a reset begins a new epoch in all windows, also in one that is not in use yet", async () => {
    await check({ us: 0, windowMs: 1000 });
    await check({ us: 0, windowMs: 60_000 });

    await at(RESET, 7, []);
    const answers = [];
    for (const windowMs of [1000, 60_000, 9000]) answers.push(await check({ us: 9, windowMs }));

    expect(answers.map(({ count, epochUs }) => [count, epochUs - START])).toEqual([
      [1, 7],
      [1, 7],
      [1, 7],
    ]);
  });

  test("a reset where nothing was holds for all windows, too", async () => {
    await at(RESET, 7, [60_000 * 1000]);

    const answers = [await check({ us: 9, windowMs: 1000 }), await check({ us: 9, windowMs: 60_000 })];

    expect(answers.map(({ epochUs }) => epochUs - START)).toEqual([7, 7]);
  });

  test("a reset is known for all of a window, also if a shorter one is used meanwhile", async () => {
    await check({ us: 0, windowMs: 60_000 });
    await at(RESET, 7, []);
    await check({ us: 9, windowMs: 1000 });

    const later = await check({ us: 30 * SECOND, windowMs: 60_000 });

    expect(later.epochUs - START).toBe(7);
  });

  test("a reset is known for all of a window, however little is taken after it", async () => {
    await check({ us: 0, windowMs: 60_000 });
    await at(RESET, 7, []);
    await check({ us: 9, windowMs: 60_000 });

    const later = await check({ us: 30 * SECOND, windowMs: 60_000 });

    expect(later.epochUs - START).toBe(7);
  });

  test("a report counts in the window that it is for", async () => {
    await check({ us: 0, windowMs: 1000 });
    await check({ us: 0, windowMs: 60_000 });
    const report = inVirtualTime(REPORT_SCRIPTS[algorithm]);

    await at(report, 10, [5, 60_000 * 1000, START + 5, 2]);

    const counts = [await check({ us: 10, windowMs: 60_000 }), await check({ us: 10, windowMs: 1000 })];
    expect(counts.map(({ count }) => count)).toEqual([4, 2]);
  });

  test("a report takes over nothing from before a reset where nothing was", async () => {
    await at(RESET, 7, [60_000 * 1000]);
    const report = inVirtualTime(REPORT_SCRIPTS[algorithm]);

    const [before] = await at(report, 10, [5, 60_000 * 1000, START + 5, 2]);
    const [after] = await at(report, 10, [5, 60_000 * 1000, START + 8, 2]);

    expect([before, after]).toEqual([0, 2]);
  });

  test("a value with another window that is no counter counts as none", async () => {
    for (const windowUs of [Number.NaN, -1, 0, 1500, 1e300]) {
      const header = Buffer.concat([Buffer.from("P\0\0\0\0"), Buffer.from(Float64Array.of(windowUs, 9, 9).buffer)]);
      await client.set(KEY, header);

      const answer = await check({ us: 0, windowMs: 1000 });

      expect([answer.count, answer.epochUs, (await kinds()).length]).toEqual([1, 0, 1]);
    }
  });
});

test("a key has at most 101 windows at once: a check of one more is denied, and the others go on", async () => {
  const check = checks("sliding-window");
  for (let at = 0; at <= 100; at++) await check({ us: 0, windowMs: 60_000 + at });

  const more = await check({ us: 1, windowMs: 1000 });
  const known = await check({ us: 1, windowMs: 60_000 });
  const later = await check({ us: 62 * SECOND, windowMs: 1000 });

  expect([more.allowed, more.retryUs, more.count]).toEqual([false, SECOND, 5]);
  expect([known.allowed, known.count]).toEqual([true, 2]);
  expect(later.allowed).toBe(true);
});

test("where Redis has no memory for the list of windows, nothing has moved", async () => {
  const script = SCRIPTS["sliding-window"];
  await client.script("LOAD", script.source);
  const call = (windowUs: number) => client.evalsha(script.sha, 1, KEY, 5, windowUs, 1, 1);
  await call(60 * SECOND);
  const before = await client.getBuffer(KEY);
  await client.config("SET", "maxmemory", "1");

  const refused = call(SECOND);

  await expect(refused).rejects.toThrow("OOM");
  await client.config("SET", "maxmemory", "0");
  expect(await client.getBuffer(KEY)).toEqual(before);
});

test("every name of a key with several windows expires, and none before its counters", async () => {
  const script = SCRIPTS["sliding-counter"];
  for (const windowUs of [SECOND, 20 * SECOND, 5 * SECOND]) {
    await client.eval(script.source, 1, KEY, 5, windowUs, 1, 1);
  }

  const lives = await Promise.all([KEY, `${KEY}:1000`, `${KEY}:5000`, `${KEY}:20000`].map((name) => client.pttl(name)));

  const [list = 0, ...counters] = lives;
  expect(Math.min(...counters)).toBeGreaterThan(0);
  expect(list).toBeGreaterThan(Math.max(...counters));
});
