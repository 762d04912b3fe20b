import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { ALGORITHMS } from "../../../../lua/algorithms.ts";
import { startRedis } from "../../../redis-server.ts";
import { checkOf } from "../../checks.ts";
import { connectedDecider } from "../../deciders.ts";

const server = await startRedis();
const calls: boolean[] = [];
const decider = await connectedDecider({
  redisUrl: server.url,
  onRedisCall: (_ms, failed) => calls.push(failed !== undefined),
});
afterAll(async () => {
  await decider[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  calls.length = 0;
});

describe("check()", () => {
  test.each(ALGORITHMS)("decides by %s", async (algorithm) => {
    const check = checkOf({ key: `by ${algorithm}`, algorithm, limit: 2 });

    const decisions = [await decider.check(check), await decider.check(check), await decider.check(check)];

    expect(decisions.map(({ allowed, count, source }) => [allowed, count, source])).toEqual([
      [true, 1, "redis"],
      [true, 2, "redis"],
      [false, 2, "redis"],
    ]);
    expect(decisions[2]?.retryAfterUs).toBeGreaterThan(0);
    expect(await server.cli("exists", `ratelimit:{by ${algorithm}}:${algorithm}`)).toBe("1");
  });

  test("asks once for all checks of a tick, of one algorithm and 64 at most", async () => {
    const checks = Array.from({ length: 100 }, (_, at) => checkOf({ key: `tick ${at}`, limit: 5 + (at % 3) }));

    const decisions = await Promise.all(
      [...checks, checkOf({ algorithm: "gcra" })].map((check) => decider.check(check)),
    );

    expect(decisions.map(({ allowed, count, limit }) => [allowed, count, limit])).toEqual(
      [...checks, checkOf()].map(({ limit }) => [true, 1, limit]),
    );
    expect(calls).toEqual([false, false, false]);
  });

  test("answers a denied key itself until something leaves its window, and not after forget()", async () => {
    const check = checkOf({ key: "denied", cost: 5 });
    await decider.check(check);
    const [first, second] = [await decider.check(check), await decider.check(check)];

    decider.forget("denied");
    const third = await decider.check(check);

    expect([first, second, third].map(({ allowed, source }) => [allowed, source])).toEqual([
      [false, "redis"],
      [false, "cache"],
      [false, "redis"],
    ]);
    expect(second.retryAfterUs).toBeLessThanOrEqual(first.retryAfterUs);
    expect(calls).toHaveLength(3);
  });

  test("loads its script again where Redis has lost it, and counts no check twice", async () => {
    const check = checkOf({ key: "flushed" });
    await decider.check(check);
    await server.cli("script", "flush");

    const decisions = await Promise.all([decider.check(check), decider.check({ ...check, algorithm: "gcra" })]);

    expect(decisions.map(({ count, source }) => [count, source])).toEqual([
      [2, "redis"],
      [1, "redis"],
    ]);
  });

  test("allows exactly the limit over three deciders at once", async () => {
    await using two = await connectedDecider({ redisUrl: server.url });
    await using three = await connectedDecider({ redisUrl: server.url });
    const deciders = [decider, two, three];

    const rounds = await Promise.all(
      Array.from({ length: 10 }, (_, round) =>
        Promise.all(
          Array.from({ length: 200 }, async (_, caller) => {
            const check = checkOf({ key: `round ${round}`, limit: 50, windowMs: 60_000 });
            return await deciders[caller % 3]?.check(check);
          }),
        ),
      ),
    );

    expect(rounds.map((answers) => answers.filter((answer) => answer?.allowed).length)).toEqual(
      Array.from({ length: 10 }, () => 50),
    );
  });
});

/** What SIGSTOP does to a process, without a signal: it does not run, while Redis answers at once. */
function stall(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe.each([90, 115, 140, 300, 1100])(
  "a check that Redis answers while the process does not run for %i ms",
  (ms) => {
    test.each(["among the timers", "after them"])("is decided by Redis: stalled %s", async (where) => {
      await using impatient = await connectedDecider({ redisUrl: server.url, timeoutMs: 100 });
      const key = `stalled ${ms} ${where}`;
      await impatient.check(checkOf({ key }));

      const asked = impatient.check(checkOf({ key }));
      await new Promise((sent) => setImmediate(sent));
      if (where === "after them") stall(ms);
      else setTimeout(() => stall(ms), 0);

      expect(await asked).toMatchObject({ count: 2, source: "redis" });
      expect(impatient.health().connected).toBe(true);
    });
  },
);

describe("reset()", () => {
  test("lets the whole limit be taken again, in a new epoch", async () => {
    const check = checkOf({ key: "reset", cost: 5 });
    const before = [await decider.check(check), await decider.check(check)];

    await decider.reset("reset");
    const after = await decider.check(check);

    const { series } = decider.admissions({ keys: ["reset"], limit: 0 });
    expect([...before, after].map(({ allowed }) => allowed)).toEqual([true, false, true]);
    expect(series.map(({ epochUs }) => epochUs > 0)).toEqual([false, true]);
    expect(series.map(({ buckets }) => buckets.map(([, units]) => units))).toEqual([[5], [5]]);
  });

  test("resolves also if there was nothing", async () => {
    await decider.reset("never seen");

    expect(await server.cli("exists", "ratelimit:{never seen}:sliding-window")).toBe("0");
  });
});

describe("counters()", () => {
  test("pages through all counters and tells what was decided last", async () => {
    const keys = Array.from({ length: 150 }, (_, at) => `paged ${String(at).padStart(3, "0")}`);
    await Promise.all(keys.map((key, at) => decider.check(checkOf({ key, cost: 1 + (at % 5) }))));
    await server.cli("set", "ratelimit:{paged}:probe", "");
    await server.cli("set", "other:{paged}:gcra", "");

    const pages = [];
    let cursor = "";
    do {
      const page = await decider.counters({ prefix: "", cursor, limit: 20 });
      pages.push(page.counters);
      cursor = page.cursor;
    } while (cursor);

    const paged = pages.flat().filter(({ key }) => key.startsWith("paged"));
    expect(pages.length).toBeGreaterThan(4);
    expect(paged.map(({ key }) => key).toSorted()).toEqual(keys);
    expect(paged.find(({ key }) => key === "paged 007")).toEqual({
      key: "paged 007",
      limit: 5,
      windowMs: 10_000,
      algorithm: "sliding-window",
      count: 3,
      source: "redis",
    });
  });

  test("finds only the keys that begin as asked, and starts anew at a cursor it did not give", async () => {
    for (const key of ["pre*fix 1", "pre*fix 2", "pre?fix"]) await decider.check(checkOf({ key }));

    const { counters, cursor } = await decider.counters({ prefix: "pre*", cursor: "nonsense", limit: 10 });

    expect(counters.map(({ key }) => key).toSorted()).toEqual(["pre*fix 1", "pre*fix 2"]);
    expect(cursor).toBe("");
  });

  test("leaves out what is no counter of ours", async () => {
    await server.cli("lpush", "ratelimit:{foreign}:gcra", "x");

    expect((await decider.counters({ prefix: "foreign", cursor: "", limit: 10 })).counters).toEqual([]);
  });
});

describe("counter()", () => {
  test("reads the counter of whichever algorithm counts something", async () => {
    await decider.check(checkOf({ key: "switched", algorithm: "gcra", cost: 2 }));
    await decider.check(checkOf({ key: "both", algorithm: "gcra" }));
    await decider.check(checkOf({ key: "both", cost: 3 }));

    const found = await Promise.all(["switched", "both", "neither"].map((key) => decider.counter(key)));

    expect(found.map((reading) => reading && [reading.algorithm, reading.count])).toEqual([
      ["gcra", 2],
      ["sliding-window", 3],
      undefined,
    ]);
  });
});

test("admissions() tells of what was allowed, by Redis time", async () => {
  await decider.check(checkOf({ key: "logged", cost: 3 }));
  await decider.check(checkOf({ key: "logged", cost: 3 }));

  const { redisTimeUs = 0, series } = decider.admissions({ keys: ["logged"], limit: 0 });

  const [seconds = ""] = (await server.cli("time")).split("\n");
  expect(Math.abs(redisTimeUs / 1e6 - Number(seconds))).toBeLessThan(10);
  expect(series.flatMap(({ buckets }) => buckets.map(([, units]) => units))).toEqual([3]);
  expect(decider.activeKeys()).toBeGreaterThan(0);
});

test("a decider that is closed answers by its policy", async () => {
  const closed = await connectedDecider({ redisUrl: server.url, onRedisFailure: "closed" });
  const pending = closed.check(checkOf({ key: "closing" }));
  await closed[Symbol.asyncDispose]();

  const after = await closed.check(checkOf({ key: "closing" }));

  expect([(await pending).source, after.source, after.allowed]).toEqual(["closed", "closed", false]);
});
