import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ALGORITHMS } from "../../lua/algorithms.ts";
import { callScript, SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest } from "./redis-clock.ts";

const SECOND = 1_000_000;
const WINDOW = 600 * SECOND;
const HOUR = 3600 * SECOND;
const EXACT_MAX = 99_999;
/** Bytes of a counter of buckets, with what Redis adds to any key. */
const KEY_BYTES = 1024;
const BYTES_PER_CHECK = 16;
/** Bytes of buffers that calls in flight may take, and of garbage that Lua has not collected. */
const SPARE_BYTES = 65_536;
const KEY = "ratelimit:{user:1}:sliding-window";

const server = await startRedis();
const client = await connectForTest(server.url);
const exact = SCRIPTS["sliding-window"];
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => client.flushall());

interface Check {
  readonly cost: number;
  readonly limit?: number;
  readonly windowUs?: number;
}

async function check({ cost, limit = EXACT_MAX, windowUs = WINDOW }: Check): Promise<void> {
  await callScript(client, exact, { keys: [KEY], args: [limit, windowUs, cost, 1] });
}

/** Makes checks, few of which are under way at once. */
async function checkAll(checks: readonly Check[]): Promise<void> {
  for (let at = 0; at < checks.length; at += 16) await Promise.all(checks.slice(at, at + 16).map(check));
}

async function usage(key = KEY): Promise<number> {
  return (await client.memory("USAGE", key)) ?? 0;
}

interface Memory {
  readonly used: number;
  readonly peak: number;
  readonly lua: number;
}

async function memory(): Promise<Memory> {
  const info = await client.info("memory");
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
  return { used: read("used_memory"), peak: read("used_memory_peak"), lua: read("used_memory_lua") };
}

describe("a check costs Redis a few bytes, whatever its cost", () => {
  test.each([
    [1000, 1000],
    [EXACT_MAX, EXACT_MAX],
    [100_000, 100_000],
    [1_000_000, 1_000_000_000],
  ])("cost %i of a limit of %i", async (cost, limit) => {
    await check({ cost, limit });

    expect(await usage()).toBeLessThan(200);
  });

  test("after any checks a key takes at most a constant and 16 bytes for each", async () => {
    const limit = fc.constantFrom(600, 5000, EXACT_MAX, EXACT_MAX, 200_000);
    const kinds = fc.constantFrom([1], [2], [1, 1, 1, 1, 1, 1, 1, 2], [500], [1, 2, 500], [EXACT_MAX]);
    const run = fc.record({ limit, kinds, windowUs: fc.constantFrom(WINDOW, WINDOW, HOUR) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 900 }),
        async (runs, n) => {
          await client.flushall();
          let made = 0;
          for (const { kinds, ...rule } of runs) {
            await checkAll(Array.from({ length: n }, (_, at) => ({ ...rule, cost: kinds[at % kinds.length] ?? 1 })));
            made += n;

            expect(await usage()).toBeLessThanOrEqual(KEY_BYTES + BYTES_PER_CHECK * made);
          }
        },
      ),
      { numRuns: 8 },
    );
  }, 120_000);

  test("from a limit of 100,000 on a key takes at most 3 KB", async () => {
    for (const cost of [1, 700]) {
      await client.flushall();
      for (let made = 0; made < 640; made += 32) {
        await checkAll(Array.from({ length: 32 }, () => ({ cost, limit: 1_000_000 })));

        expect(await usage()).toBeLessThan(3072);
      }
    }
  });

  // Redis updates its peak after each command of a script, while the arguments of that command are still allocated. Lua
  // has a heap of its own and collects garbage in small steps, so most of what a script built is still there after it.
  // The peak over all checks is a bound for each of them.
  test.each<readonly [string, (at: number) => number]>([
    ["of cost 1", () => 1],
    ["of cost 2", () => 2],
    ["of cost 1, then 2", (at) => (at < 3500 ? 1 : 2)],
    ["of cost 1, then all that is left", (at) => (at < 3999 ? 1 : EXACT_MAX - 3999)],
    ["of cost 1, then more than is left", (at) => (at < 3999 ? 1 : EXACT_MAX)],
  ])("while it decides 4,000 checks %s, Redis needs no more than that", async (_name, costAt) => {
    await checkAll(Array.from({ length: 32 }, () => ({ cost: 1 })));
    await client.flushall();
    const before = await memory();

    await checkAll(Array.from({ length: 4000 }, (_, at) => ({ cost: costAt(at) })));

    const after = await memory();
    const most = SPARE_BYTES + BYTES_PER_CHECK * 4000;
    expect(after.peak - before.used).toBeLessThanOrEqual(most);
    expect(after.lua - before.lua).toBeLessThanOrEqual(most);
  });

  test("a key that is full of checks of cost 1 takes 4 bytes for each", async () => {
    await checkAll(Array.from({ length: 1000 }, () => ({ cost: 1, limit: 1000 })));

    expect(await usage()).toBeLessThanOrEqual(4300);
  });

  test.each(ALGORITHMS.filter((algorithm) => algorithm !== "sliding-window"))(
    "%s takes the same bytes after any checks",
    async (algorithm) => {
      for (const cost of [1, 5, 500, EXACT_MAX, 1_000_000]) {
        await callScript(client, SCRIPTS[algorithm], { keys: [KEY], args: [1_000_000_000, WINDOW, cost, 1] });

        expect(await usage()).toBeLessThan(200);
      }
    },
  );
});

describe("a change of rule is paid for once", () => {
  test.each<readonly [string, Omit<Check, "cost">, Omit<Check, "cost">, number]>([
    ["limits of buckets and of stamps", { limit: 100_000 }, { limit: EXACT_MAX }, 3000],
    ["limits of stamps and of buckets", { limit: EXACT_MAX }, { limit: 100_000 }, 3200 * BYTES_PER_CHECK],
    ["windows of stamps to the microsecond and to the millisecond", {}, { windowUs: HOUR }, 6500],
    ["a large and a small limit", {}, { limit: 5 }, 3200 * BYTES_PER_CHECK],
  ])("when %s take turns on one key", async (_name, one, other, mostBytes) => {
    for (const cost of [1, 3]) {
      await client.flushall();
      await checkAll(Array.from({ length: 3000 }, () => ({ ...one, cost })));
      await check({ ...other, cost });
      await check({ ...one, cost });
      const bytes = await usage();
      await client.config("RESETSTAT");

      for (let turn = 0; turn < 50; turn++)
        await checkAll([
          { ...other, cost },
          { ...one, cost },
        ]);

      expect(bytes).toBeLessThan(mostBytes);
      expect(await usage()).toBeLessThan(mostBytes);
      expect(await commandsOfScripts()).toBeLessThanOrEqual(100 * 16);
    }
  });
});

/** Commands since the statistics were reset that scripts need to read and write a counter. */
async function commandsOfScripts(): Promise<number> {
  const stats = (await client.info("commandstats")).matchAll(
    /^cmdstat_(?:get|set|getrange|setrange|del|pexpire):calls=(\d+)/gm,
  );
  return [...stats].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
