import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { Cluster, Redis } from "ioredis";
import { slotOf } from "../../src/io/cluster-slot.ts";
import { connectRedis } from "../../src/io/redis.ts";
import { counterName } from "../../src/limiter/decide/redis/counter-names.ts";
import { openRegistry } from "../../src/limiter/registry.ts";
import { readSettings } from "../../src/limiter/settings/settings-redis.ts";
import { closeSlot, type Move, moveKeys, openSlot } from "../prove/cluster/cluster-moves.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { type RedisServer } from "../redis-server.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";
import { silence } from "./services.ts";

setDefaultTimeout(60_000);

const cluster = await startRedisCluster({ args: ["--cluster-require-full-coverage", "no"] });
afterAll(() => cluster[Symbol.asyncDispose]());

/** A move of the slot of a key from the primary that has it to another one. */
async function moveOf(key: string): Promise<Move> {
  const name = counterName("ratelimit:", key, "sliding-window");
  const answers = await Promise.all(cluster.servers.map((server) => server.cli("get", name)));
  const from = cluster.servers.find((_, at) => !/^(?:MOVED|ASK)/.test(answers[at] ?? ""));
  const to = cluster.servers.find((server) => server !== from);
  if (!from || !to) throw new Error(`Cannot find who has "${name}"`);
  return { slot: slotOf(name), from, to };
}

async function finish(move: Move): Promise<void> {
  await moveKeys(move);
  await closeSlot(
    move,
    cluster.servers.filter((server) => server !== move.from && server !== move.to),
  );
}

/** Calls of scripts that a server has answered. */
async function scriptCalls(server: RedisServer): Promise<number> {
  const stats = await server.cli("info", "commandstats");
  const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, count]) => Number(count));
  return calls.reduce((sum, count) => sum + count, 0);
}

test("on a cluster, a primary that hung while its slots moved is found to work again by a slot that it has", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url, timeoutMs: 200 });
  const move = await moveOf("probed");
  await decider.check(checkOf({ key: "probed", windowMs: 60_000 }));
  const others = Array.from({ length: 40 }, (_, at) => `beside ${at}`);
  const beside = (await Promise.all(others.map(async (key) => ({ key, ...(await moveOf(key)) })))).find(
    ({ from, slot }) => from === move.from && slot !== move.slot,
  );
  await openSlot(move);
  await finish(move);

  move.from.hang();
  await until(() => !decider.health().connected);
  move.from.resume();
  await until(() => decider.health().connected);

  expect(await decider.check(checkOf({ key: beside?.key ?? "" }))).toMatchObject({ source: "redis" });
  expect(await decider.check(checkOf({ key: "probed", windowMs: 60_000 }))).toMatchObject({
    source: "redis",
    count: 2,
  });
});

test("on a cluster, a key is reset while its slot moves, whichever of its counters have moved", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const [key, windowMs] = ["moving", 60_000];
  const rules = (["sliding-window", "gcra", "fixed-window"] as const).map((algorithm) => ({
    key,
    algorithm,
    windowMs,
  }));
  for (const rule of rules) await decider.check(checkOf(rule));
  const move = await moveOf(key);
  await openSlot(move);
  await moveKeys(move, 1);

  await decider.reset(key);

  const counts = await Promise.all(rules.map(async (rule) => (await decider.counter(key, rule))?.count));
  expect(counts).toEqual([0, 0, 0]);
  await finish(move);
});

test("on a cluster, checks of one slot share a call, and those of a slot that moves are decided by Redis, too", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const keys = Array.from({ length: 8 }, (_, at) => `{tenant}:${at}`);
  const checkAll = () => Promise.all(keys.map((key) => decider.check(checkOf({ key, windowMs: 60_000 }))));
  const move = await moveOf("{tenant}:0");
  await checkAll();
  const callsBefore = await scriptCalls(move.from);

  await checkAll();
  const calls = (await scriptCalls(move.from)) - callsBefore;
  await openSlot(move);
  await moveKeys(move, 3);
  const moving = await checkAll();
  await finish(move);
  const moved = await checkAll();

  expect(calls).toBeLessThan(keys.length);
  expect(moving.map(({ source, count }) => [source, count])).toEqual(keys.map(() => ["redis", 3]));
  expect(moved.map(({ source, count }) => [source, count])).toEqual(keys.map(() => ["redis", 4]));
});

test("on a cluster, no window of a key begins anew where only some of its counters have moved, nor is one reset alone", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const rule = { key: "windows", windowMs: 60_000 };
  const check = (windowMs: number) => decider.check(checkOf({ key: "windows", windowMs }));
  for (const windowMs of [10_000, 60_000, 60_000]) await check(windowMs);
  const move = await moveOf("windows");
  const list = counterName("ratelimit:", "windows", "sliding-window");
  const refusals = async (): Promise<number> => {
    const stats = await move.to.cli("info", "errorstats");
    return Number(/^errorstat_TRYAGAIN:count=(\d+)/m.exec(stats)?.[1] ?? 0);
  };

  await openSlot(move);
  await move.from.cli("migrate", move.to.host, `${move.to.port}`, list, "0", "5000");
  const moving = await check(60_000);
  // The node reports at once what it has admitted alone, and again after each refusal.
  const refused = await refusals();
  await until(async () => (await refusals()) >= refused + 2);
  const reset = await decider.reset("windows").then(
    () => "reset",
    () => "refused",
  );
  await finish(move);
  await until(async () => (await decider.counter("windows", { ...rule, algorithm: "sliding-window" }))?.count === 3);
  const moved = await check(60_000);

  expect([moving.source, reset]).toEqual(["local", "refused"]);
  expect([moved.source, moved.count]).toEqual(["redis", 4]);
});

test("on a cluster, a slot that nobody serves takes only its own keys with it", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const { slot, from } = await moveOf("lost");
  const keys = Array.from({ length: 20 }, (_, at) => `kept ${at}`);
  const checkAll = async () => {
    const decisions = await Promise.all(keys.map((key) => decider.check(checkOf({ key, windowMs: 60_000 }))));
    return decisions.map(({ source, count }) => [source, count]);
  };
  await decider.check(checkOf({ key: "lost" }));
  await checkAll();

  for (const server of cluster.servers) await server.cli("cluster", "delslots", `${slot}`);
  await using fresh = await connectedDecider({ redisUrl: cluster.url });
  const { degradedSeconds } = fresh.health();
  const lost = await Promise.all([decider, fresh].map((one) => one.check(checkOf({ key: "lost" }))));
  const kept = await checkAll();
  const healths = [decider, fresh].map((one) => one.health());
  await from.cli("cluster", "addslots", `${slot}`);
  await until(async () => (await fresh.check(checkOf({ key: "lost" }))).source === "redis");

  expect(lost.map(({ source }) => source)).toEqual(["local", "local"]);
  expect(kept).toEqual(keys.map(() => ["redis", 2]));
  expect(healths).toMatchObject([{ connected: true }, { connected: true, degradedSeconds, primariesAlone: [] }]);
});

test("on a cluster, checks wait for a primary that holds back writes and answers reads", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url, timeoutMs: 500 });
  await decider.check(checkOf({ key: "held" }));
  const { from } = await moveOf("held");
  const { degradedSeconds } = decider.health();

  await from.cli("client", "pause", "700", "write");
  const held = await decider.check(checkOf({ key: "held" }));

  expect(held).toMatchObject({ source: "redis", count: 2 });
  expect(decider.health()).toMatchObject({ connected: true, degradedSeconds });
});

test("on a cluster, degraded time is the sum over its primaries, and each of them is named", async () => {
  const told = new Set<string>();
  const onAlone = (_alone: unknown, primaries: readonly string[]): void => void primaries.map((one) => told.add(one));
  await using decider = await connectedDecider({ redisUrl: cluster.url, timeoutMs: 200, onAlone });
  const keys = Array.from({ length: 30 }, (_, at) => `summed ${at}`);
  await Promise.all(keys.map((key) => decider.check(checkOf({ key }))));
  const [first, second] = cluster.servers;
  const before = decider.health();

  for (const server of [first, second]) server?.hang();
  await until(() => decider.health().primariesAlone.length === 2);
  const named = decider.health().primariesAlone;
  await until(() => decider.health().degradedSeconds - before.degradedSeconds > 1);
  for (const server of [first, second]) server?.resume();
  await until(() => decider.health().connected);
  const { degradedSeconds, aloneSeconds } = decider.health();

  const hung = [first, second].map((server) => `127.0.0.1:${server?.port}`).toSorted();
  expect([named.toSorted(), [...told].toSorted()]).toEqual([hung, hung]);
  expect(degradedSeconds - before.degradedSeconds).toBeGreaterThan(1.2 * (aloneSeconds - before.aloneSeconds));
});

test("on a cluster, an idle client opens no connection while it goes on asking who serves which slot", async () => {
  const client = connectRedis(cluster.url);
  const nodes = () => (client instanceof Cluster ? client.nodes("master") : []);
  await until(() => nodes().length === 3 && nodes().every(({ status }) => status === "ready"));
  const [server] = cluster.servers;
  const observer = new Redis(server?.url ?? "");
  const read = async (pattern: RegExp): Promise<number> =>
    Number(pattern.exec(await observer.info("everything"))?.[1] ?? 0);
  const looks = (): Promise<number> => read(/cmdstat_cluster\|slots:calls=(\d+)/);
  const opened = (): Promise<number> => read(/total_connections_received:(\d+)/);
  const [looksBefore, openedBefore] = [await looks(), await opened()];

  await until(async () => (await looks()) >= looksBefore + 4);

  expect(await opened()).toBe(openedBefore);
  client.disconnect();
  observer.disconnect();
});

test("on a cluster, the time of the register and of the settings comes from the primary that keeps each", async () => {
  const redis = connectRedis(cluster.url);
  const facts = () => ({ id: 1, address: "", version: "", startedAtMs: 0, configHash: "", state: "ready" }) as const;
  const still = { now: () => 0, heartbeatMs: 60_000, log: silence, onBeat: () => undefined, onLeave: () => undefined };
  await using registry = openRegistry({ redis, facts, ...still });
  await until(() => redis.status === "ready");
  const keepers = await Promise.all([moveOf("registry"), moveOf("settings")]);
  const others = cluster.servers.filter((server) => !keepers.some(({ from }) => from === server));
  const timesTold = async () => {
    const stats = await Promise.all(others.map((server) => server.cli("info", "commandstats")));
    return stats.map((text) => Number(/cmdstat_time:calls=(\d+)/.exec(text)?.[1] ?? 0));
  };
  const before = await timesTold();

  for (let at = 0; at < 20; at++) await Promise.all([registry.list(), readSettings(redis)]);

  expect(others.length).toBeGreaterThan(0);
  expect(await timesTold()).toEqual(before);
  redis.disconnect();
});
