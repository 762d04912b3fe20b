/** A node that reads an answer late: what it takes from it, and what its admission log says afterwards. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { worstPeak } from "../../src/subjects/ratelimiter/keys/admission-sums.ts";
import { startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";

setDefaultTimeout(60_000);

const STALL_MS = 400;

const server = await startRedis();
afterAll(() => server[Symbol.asyncDispose]());

/** A check whose answer lies in the socket for as long. */
async function readLate<T>(check: () => Promise<T>): Promise<T> {
  const answer = check();
  await new Promise((sent) => setImmediate(sent));
  const untilMs = performance.now() + STALL_MS;
  while (performance.now() < untilMs);
  return await answer;
}

test("an answer that was read late does not move the node's idea of Redis time", async () => {
  await using decider = await connectedDecider({ redisUrl: server.url });
  await decider.check(checkOf());
  const before = decider.health().offsetUs ?? 0;

  const { source } = await readLate(() => decider.check(checkOf({ key: "late" })));

  expect(source).toBe("redis");
  expect(Math.abs((decider.health().offsetUs ?? 0) - before)).toBeLessThan((STALL_MS * 1000) / 2);
});

test("a denial that was read late is answered no longer than Redis said", async () => {
  await using decider = await connectedDecider({ redisUrl: server.url });
  const check = checkOf({ key: "denied", limit: 1, windowMs: 600 });
  await decider.check(check);
  const admittedMs = performance.now();

  const denied = await readLate(() => decider.check(check));
  await until(() => performance.now() > admittedMs + 610);
  const again = await decider.check(check);

  expect([denied.allowed, denied.source]).toEqual([false, "redis"]);
  expect([again.allowed, again.source]).toEqual([true, "redis"]);
});

test("logs do not add up to more than was allowed where a node read late and then counts alone", async () => {
  await using own = await startRedis();
  await using alone = await connectedDecider({ redisUrl: own.url, timeoutMs: 300 });
  await using other = await connectedDecider({ redisUrl: own.url });
  const rule = { key: "a", limit: 5, windowMs: 1000 };
  await alone.check(checkOf({ key: "elsewhere" }));
  for (let unit = 0; unit < 5; unit++) await other.check(checkOf(rule));
  const lastMs = performance.now();
  await readLate(() => alone.check(checkOf({ key: "elsewhere" })));
  await own.kill();
  await until(() => !alone.health().connected);

  await until(() => performance.now() > lastMs + 1100);
  const allowed = [];
  for (let unit = 0; unit < 5; unit++) allowed.push((await alone.check(checkOf(rule))).allowed);

  const pages = [alone, other].map((decider) => decider.admissions({ keys: ["a"], limit: 0 }));
  expect(allowed).toEqual([true, true, true, true, true]);
  expect(
    worstPeak(
      pages.flatMap(({ series }) => series),
      0,
    )?.units,
  ).toBe(5);
});

test("a window that is rolled out and back does not make the logs add up to more than the limit", async () => {
  await using decider = await connectedDecider({ redisUrl: server.url });
  const long = checkOf({ key: "rolled", windowMs: 20_000 });
  for (let unit = 0; unit < 5; unit++) await decider.check(long);
  await decider.check(checkOf({ key: "rolled", windowMs: 100 }));
  await until(async () => (await decider.check(checkOf({ key: "rolled", windowMs: 50, limit: 1 }))).allowed);

  const back = await decider.check(long);

  const { series } = decider.admissions({ keys: ["rolled"], limit: 0 });
  expect(back.allowed).toBe(false);
  expect(worstPeak(series, 0)?.units).toBe(5);
});

test("a cached denial does not outlive a Redis that restarts empty", async () => {
  await using own = await startRedis();
  await using decider = await connectedDecider({ redisUrl: own.url });
  const check = checkOf({ key: "lost", limit: 1, windowMs: 60_000 });
  await decider.check(check);
  const denied = await decider.check(check);

  await own.restart();
  await until(async () => (await decider.check(checkOf({ key: "other" }))).source === "redis");

  expect(denied.allowed).toBe(false);
  expect(await decider.check(check)).toMatchObject({ allowed: true, source: "redis" });
});
