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

function page() {
  return new RedisCounters(redis, PREFIX).page({ prefix: "", cursor: "", limit: 1000 });
}

async function take(key: string, algorithm: Algorithm): Promise<void> {
  const keys = [counterName(PREFIX, key, algorithm)];
  await callScript(redis, SCRIPTS[algorithm], { keys, args: [5, 60_000_000, 2, 1] });
}

/** Kind, limit and window; epoch and newest are 0. */
function headerOf(kind: string, limit: number, windowUs: number): Buffer {
  const bytes = Buffer.alloc(29);
  bytes.write(kind, "latin1");
  bytes.writeUInt32LE(limit, 1);
  bytes.writeDoubleLE(windowUs, 5);
  return bytes;
}
