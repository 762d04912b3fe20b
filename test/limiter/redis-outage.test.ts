import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ALGORITHMS } from "../../lua/algorithms.ts";
import { LinkProxy } from "../../src/deployments/local/links/link-proxy.ts";
import { Standing } from "../../src/limiter/decide/alone/standing.ts";
import type { Decider } from "../../src/limiter/decide/decision.ts";
import { openDecider } from "../../src/limiter/decide/redis/redis-decider.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";

setDefaultTimeout(60_000);

/** Long enough for a busy machine, short enough to wait for. */
const TIMEOUT_MS = 300;
const POLICIES = ["local", "open", "closed"] as const;

/** A way in which Redis goes and comes back, and whether it knows then what it counted before. */
interface Outage {
  readonly begin: (server: RedisServer) => Promise<unknown>;
  readonly end: (server: RedisServer) => Promise<unknown>;
}

const OUTAGES: readonly (readonly [name: string, outage: Outage])[] = [
  ["is stopped", { begin: async (server) => server.hang(), end: async (server) => server.resume() }],
  [
    "pauses writes",
    {
      begin: (server) => server.cli("client", "pause", "60000", "write"),
      end: (server) => server.cli("client", "unpause"),
    },
  ],
  ["is killed", { begin: (server) => server.kill(), end: (server) => server.restart() }],
  [
    "is out of memory",
    {
      begin: (server) => server.cli("config", "set", "maxmemory", "1"),
      end: (server) => server.cli("config", "set", "maxmemory", "0"),
    },
  ],
];

function takeAll(decider: Decider, key: string, count: number) {
  return Promise.all(Array.from({ length: count }, () => decider.check(checkOf({ key, windowMs: 60_000 }))));
}

/** Waits until Redis decides again. */
async function back(decider: Decider): Promise<void> {
  await until(() => decider.health().connected);
}

describe.each(OUTAGES)("while Redis %s", (_name, { begin, end }) => {
  test.each(POLICIES)("every check is answered by the policy %s, and by Redis afterwards", async (policy) => {
    await using server = await startRedis();
    const calls: boolean[] = [];
    await using decider = await connectedDecider({
      redisUrl: server.url,
      onRedisFailure: policy,
      timeoutMs: TIMEOUT_MS,
      onRedisCall: (_ms, failed) => calls.push(failed !== undefined),
    });
    await takeAll(decider, "a", 2);

    await begin(server);
    const late = await takeAll(decider, "a", 10);
    const next = await takeAll(decider, "b", 10);
    const during = decider.health();
    await end(server);
    await back(decider);
    const [after] = await takeAll(decider, "c", 1);

    expect(new Set([...late, ...next].map(({ source }) => source))).toEqual(new Set([policy]));
    const allowed = [late, next].map((decisions) => decisions.filter((decision) => decision.allowed).length);
    expect(allowed).toEqual({ local: [3, 5], open: [10, 10], closed: [0, 0] }[policy]);
    expect([during.connected, during.degradedSeconds > 0]).toEqual([false, true]);
    expect(calls).toContain(true);
    expect([after?.source, after?.count]).toEqual(["redis", 1]);
  });

  test("no check is counted twice, and the node alone stays within the limit when Redis is back", async () => {
    await using server = await startRedis();
    await using decider = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });

    await begin(server);
    const during = await takeAll(decider, "a", 3);
    await end(server);
    await back(decider);
    const counted = await decider.counter("a");
    const after = await takeAll(decider, "a", 10);

    expect(during.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(counted?.count ?? 0).toBeLessThanOrEqual(3);
    expect([...during, ...after].filter(({ allowed }) => allowed).length).toBeLessThanOrEqual(5);
  });
});

test("a Redis that says nothing for long is found again on a new connection", async () => {
  await using server = await startRedis();
  await using decider = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  const clients = async (): Promise<number> => (await server.cli("client", "list")).split("\n").length;
  const before = await clients();
  server.hang();
  await takeAll(decider, "a", 1);

  await Bun.sleep(2500);
  server.resume();
  await back(decider);

  expect((await takeAll(decider, "b", 1)).map(({ source }) => source)).toEqual(["redis"]);
  await until(async () => (await clients()) <= before);
});

test("a decider that starts before Redis decides alone, and counts that when Redis is there", async () => {
  await using server = await startRedis();
  await server.kill();
  await using decider = openDecider({ redisUrl: server.url, onRedisFailure: "local", timeoutMs: TIMEOUT_MS });
  const alone = await takeAll(decider, "a", 7);
  const unknown = decider.admissions({ keys: ["a"], limit: 0 });

  await server.restart();
  await back(decider);
  const after = [...(await takeAll(decider, "a", 1)), ...(await takeAll(decider, "b", 1))];

  expect(alone.map(({ allowed, source }) => [allowed, source])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((at) => [at <= 5, "local"]),
  );
  expect([unknown.redisTimeUs, unknown.series.length]).toEqual([undefined, 1]);
  expect(after.map(({ allowed, source }) => [allowed, source])).toEqual([
    [false, "redis"],
    [true, "redis"],
  ]);
  expect(decider.health().offsetUs).toBeNumber();
});

test("what a node admitted alone is told to Redis once, when it is back, without a check", async () => {
  await using server = await startRedis();
  await using decider = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  await using other = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  const countAt = async (one: Decider, key: string) => (await one.counter(key))?.count ?? 0;
  server.hang();
  await takeAll(decider, "a", 2);
  for (const algorithm of ALGORITHMS) await decider.check(checkOf({ key: algorithm, algorithm, windowMs: 60_000 }));

  server.resume();
  await Promise.all([back(decider), back(other)]);
  await until(async () => (await countAt(other, "a")) >= 2);
  for (const key of ALGORITHMS) await until(async () => (await countAt(other, key)) >= 1);
  const again = await takeAll(decider, "b", 1);

  expect(again.map(({ source }) => source)).toEqual(["redis"]);
  expect(await Promise.all(["a", ...ALGORITHMS].map((key) => countAt(other, key)))).toEqual([2, 1, 1, 1, 1]);
});

test("a reset is obeyed by a node that was alone, and what that admitted before is not reported", async () => {
  await using server = await startRedis();
  using link = new LinkProxy({ listen: "127.0.0.1:0", target: `127.0.0.1:${server.port}` });
  await using cutOff = await connectedDecider({ redisUrl: `redis://${link.address}`, timeoutMs: TIMEOUT_MS });
  await using other = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  await takeAll(other, "a", 1);
  link.cut();
  const alone = await takeAll(cutOff, "a", 4);
  // A node knows the time of Redis to within a round trip: what it admitted that close to a reset counts.
  const admittedMs = performance.now();
  await until(() => performance.now() > admittedMs + 10);

  await other.reset("a");
  link.heal();
  await back(cutOff);
  await takeAll(cutOff, "b", 1);
  const after = [...(await takeAll(cutOff, "a", 3)), ...(await takeAll(other, "a", 3))];

  expect(alone.map(({ allowed, source }) => [allowed, source])).toEqual(alone.map(() => [true, "local"]));
  expect(after.map(({ allowed, source }) => [allowed, source])).toEqual(
    [1, 2, 3, 4, 5, 6].map((at) => [at <= 5, "redis"]),
  );
});

test("what Redis refuses to take over is told again later", async () => {
  await using server = await startRedis();
  await using decider = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  await server.cli("config", "set", "maxmemory", "1");
  await takeAll(decider, "a", 3);

  await server.cli("config", "set", "maxmemory", "0");
  await back(decider);
  await until(async () => (await decider.counter("a"))?.count === 3);

  expect((await takeAll(decider, "a", 5)).filter(({ allowed }) => allowed)).toHaveLength(2);
});

test("nodes that are cut off together take their shares: 9 nodes, limit 10", async () => {
  await using server = await startRedis();
  const nodes = Array.from({ length: 9 }, (_, at) => at + 1);
  await using opened = new AsyncDisposableStack();
  const deciders = await Promise.all(
    nodes.map(async (id) => {
      const shares = new Standing({ id, list: nodes, heartbeatMs: 1000, overlap: 1, startedMs: 0 });
      return opened.use(await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS, shares }));
    }),
  );
  await server.kill();
  const check = checkOf({ limit: 10, windowMs: 60_000 });
  const twenty = (decider: Decider) => Promise.all(Array.from({ length: 20 }, () => decider.check(check)));

  const decisions = (await Promise.all(deciders.map(twenty))).flat();

  const refused = decisions.filter(({ allowed }) => !allowed);
  expect([decisions.length - refused.length, refused.length]).toEqual([10, 170]);
  expect(new Set(refused.map(({ source, withheld }) => `${source} ${withheld}`))).toEqual(new Set(["local share"]));
});

test("while Redis is away, counters are those of the node itself, and nothing can be reset", async () => {
  await using server = await startRedis();
  await using decider = await connectedDecider({ redisUrl: server.url, timeoutMs: TIMEOUT_MS });
  for (const key of ["a 1", "a 2", "b"]) await takeAll(decider, key, 2);

  await server.kill();
  const [first] = await takeAll(decider, "a 1", 1);
  const page = await decider.counters({ prefix: "a", cursor: "", limit: 1 });
  const rest = await decider.counters({ prefix: "a", cursor: page.cursor, limit: 1 });
  const found = await Promise.all(["b", "unknown"].map((key) => decider.counter(key)));

  expect(first?.source).toBe("local");
  expect([...page.counters, ...rest.counters].map(({ key, count, source }) => [key, count, source])).toEqual([
    ["a 1", 3, "local"],
    ["a 2", 2, "local"],
  ]);
  expect(rest.cursor).toBe("");
  expect(found.map((reading) => reading?.count)).toEqual([2, undefined]);
  await expect(decider.reset("a 1")).rejects.toThrow();
});

test("management that a hung Redis does not answer comes to an end", async () => {
  await using server = await startRedis();
  await using decider = await connectedDecider({ redisUrl: server.url });
  await takeAll(decider, "a", 2);

  server.hang();
  const reset = await decider.reset("a").catch((error: unknown) => error);
  const reading = await decider.counter("a");
  server.resume();

  expect(reset).toBeInstanceOf(Error);
  expect(reading).toMatchObject({ source: "local" });
});
