import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ALGORITHMS, type Algorithm } from "../../../../lua/algorithms.ts";
import { connectRedis, type RedisClient } from "../../../../src/io/redis.ts";
import { awaitReady } from "../../../../src/limiter/decide/redis/ask-redis.ts";
import { counterName } from "../../../../src/limiter/decide/redis/counter-names.ts";
import { RedisCounters } from "../../../../src/limiter/decide/redis/redis-counters.ts";
import { callScript, SCRIPTS } from "../../../../src/limiter/decide/redis/scripts.ts";
import { type RedisServer, startRedis } from "../../../redis-server.ts";

const PREFIX = "ratelimit:";

let server: RedisServer;
let redis: RedisClient;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url);
  await awaitReady(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => server.cli("flushall"));

describe("page() reads the counters beside one that is", () => {
  const WINDOW_US = 60_000_000;
  const junk: readonly (readonly [what: string, value: Buffer, unreadable: number])[] = [
    ["a text that is too short", Buffer.from("x"), 0],
    ["letters", Buffer.alloc(60, "x"), 1],
    ["a limit out of range", headerOf("P", 4_000_000_000, WINDOW_US), 1],
    ["a window out of range", headerOf("P", 5, 1e18), 1],
    ["a window that is no number", headerOf("P", 5, Number.NaN), 1],
    ["a negative window", headerOf("P", 5, -WINDOW_US), 1],
    ["part of a millisecond as window", headerOf("P", 5, 1500), 1],
  ];
  const rows = ALGORITHMS.flatMap((algorithm) => junk.map(([what, ...rest]) => [what, algorithm, ...rest] as const));

  test.each(rows)("%s, by %s", async (_what, algorithm, value, wanted) => {
    await take("a", algorithm);
    await take("c", algorithm);
    await redis.set(counterName(PREFIX, "b", algorithm), value);

    const { counters, unreadable } = await page();

    expect(counters.toSorted((one, other) => one.key.localeCompare(other.key))).toMatchObject([
      { key: "a", limit: 5, windowMs: 60_000, count: 2 },
      { key: "c", limit: 5, windowMs: 60_000, count: 2 },
    ]);
    expect(unreadable).toBe(wanted);
  });

  test.each(ALGORITHMS)("half a state that the script of %s trips over", async (algorithm) => {
    const kind = { "sliding-window": "R", "sliding-counter": "S", "fixed-window": "F", gcra: "G" }[algorithm];
    await take("a", algorithm);
    await redis.set(
      counterName(PREFIX, "b", algorithm),
      Buffer.concat([headerOf(kind, 5, WINDOW_US), Buffer.alloc(2)]),
    );

    const { counters } = await page();

    expect(counters.filter(({ key }) => key === "a")).toMatchObject([{ limit: 5, count: 2 }]);
  });

  test("the counter of a key that is none", async () => {
    await take("a", "gcra");
    await take("k".repeat(300), "gcra");

    expect(await page()).toMatchObject({ counters: [{ key: "a" }], unreadable: 1 });
  });
});

describe("of a key with several windows", () => {
  const counters = () => new RedisCounters(redis, PREFIX);
  beforeEach(async () => {
    await take("a", "gcra", 3_600_000_000);
    await take("a", "sliding-window");
    await take("a", "sliding-window", 9_000_000);
  });

  test("page() tells each counter", async () => {
    const { counters: found, unreadable } = await page();

    expect(found.map(({ algorithm, windowMs, count }) => `${algorithm} ${windowMs} ${count}`).toSorted()).toEqual([
      "gcra 3600000 2",
      "sliding-window 60000 2",
      "sliding-window 9000 2",
    ]);
    expect(unreadable).toBe(0);
  });

  test("read() tells the one of the rule, or one of the others where that counts nothing", async () => {
    const rules = [
      { algorithm: "sliding-window", windowMs: 9000 } as const,
      { algorithm: "gcra", windowMs: 1 } as const,
    ];

    const found = await Promise.all([...rules, undefined].map((rule) => counters().read("a", rule)));

    expect(found.map((reading) => reading?.windowMs)).toEqual([9000, 60_000, 60_000]);
  });

  test("reset() forgets them all", async () => {
    await counters().reset("a", undefined);

    expect((await page()).counters.map(({ count }) => count)).toEqual([0, 0, 0]);
  });
});

function page() {
  return new RedisCounters(redis, PREFIX).page({ prefix: "", cursor: "", limit: 1000 });
}

async function take(key: string, algorithm: Algorithm, windowUs = 60_000_000): Promise<void> {
  const keys = [counterName(PREFIX, key, algorithm)];
  await callScript(redis, SCRIPTS[algorithm], { keys, args: [5, windowUs, 2, 1] });
}

/** Kind, limit and window; epoch and newest are 0. */
function headerOf(kind: string, limit: number, windowUs: number): Buffer {
  const bytes = Buffer.alloc(29);
  bytes.write(kind, "latin1");
  bytes.writeUInt32LE(limit, 1);
  bytes.writeDoubleLE(windowUs, 5);
  return bytes;
}
