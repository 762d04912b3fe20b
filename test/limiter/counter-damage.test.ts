/** A value that looks like a counter and is none counts as none. It must not make the script fail for every key. */

import { afterAll, beforeEach, expect, test } from "bun:test";
import { ALGORITHMS } from "../../lua/algorithms.ts";
import { callScript, SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest } from "./redis-clock.ts";

const WINDOW_US = 600_000_000;
const KEY = "ratelimit:{user:1}";
const KINDS = ["E", "F", "G", "C", "P", "R", "p", "r", "B", "?"];

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => client.flushall());

const CASES = ALGORITHMS.flatMap((algorithm) =>
  [10, 5000, 100_000].flatMap((limit) => [1, 3].map((cost) => ({ algorithm, limit, cost }))),
);

test.each(CASES)("$algorithm decides by any part of a counter of limit $limit and cost $cost", async (counter) => {
  const { algorithm, limit, cost } = counter;
  const script = SCRIPTS[algorithm];
  const check = () => callScript(client, script, { keys: [KEY], args: [limit, WINDOW_US, cost, 1] });
  for (let taken = 0; taken < Math.min(limit, 600); taken++) await check();
  const whole = await client.getBuffer(KEY);
  if (!whole) throw new Error("Cannot read the counter");
  const lengths = [...Array.from({ length: 80 }, (_, at) => at), whole.length - 1, whole.length].filter(
    (length) => length <= whole.length,
  );

  for (const kind of KINDS) {
    for (const length of lengths) {
      const damaged = Buffer.concat([Buffer.from(kind), whole.subarray(1)]).subarray(0, length);
      await client.set(KEY, damaged);
      await callScript(client, script, { keys: [KEY], args: [] });
      await check();
    }
  }
});

test("what Redis refuses is told, and costs no counter", async () => {
  const check = (key: string) => callScript(client, SCRIPTS.gcra, { keys: [key], args: [10, WINDOW_US, 1, 1] });
  await check(KEY);
  const before = await client.getBuffer(KEY);
  await client.config("SET", "maxmemory", "1");

  const refused = check(KEY);

  expect(refused).rejects.toThrow("OOM");
  await refused.catch(() => undefined);
  await client.config("SET", "maxmemory", "0");
  expect(await client.getBuffer(KEY)).toEqual(before);
});
