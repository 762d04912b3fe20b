import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { ALGORITHMS } from "../../lua/algorithms.ts";
import { slotOf } from "../../src/io/cluster-slot.ts";
import { counterName } from "../../src/limiter/decide/redis/counter-names.ts";
import { openDecider } from "../../src/limiter/decide/redis/redis-decider.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";

setDefaultTimeout(60_000);

const cluster = await startRedisCluster();
afterAll(() => cluster[Symbol.asyncDispose]());

/** Index of the primary that a cluster of three gives the key's slot to. */
function primaryOf(key: string): number {
  return Math.floor(slotOf(counterName("ratelimit:", key, "gcra")) / 5461.5);
}

/** Keys of each primary. */
const keys = Map.groupBy(
  Array.from({ length: 60 }, (_, at) => `user:${at}`),
  primaryOf,
);

test("on a cluster, two deciders allow exactly the limit of keys on every primary", async () => {
  await using one = await connectedDecider({ redisUrl: cluster.url });
  await using two = await connectedDecider({ redisUrl: cluster.url });

  const all = [...keys.values()].flat();
  const allowed = await Promise.all(
    all.map(async (key) => {
      const checks = Array.from({ length: 10 }, (_, at) => [one, two][at % 2]?.check(checkOf({ key })));
      const decisions = await Promise.all(checks);
      return decisions.filter((decision) => decision?.allowed && decision.source === "redis").length;
    }),
  );

  expect(new Set(keys.keys())).toEqual(new Set([0, 1, 2]));
  expect(allowed).toEqual(all.map(() => 5));
});

test("on a cluster, counters of all primaries are paged, read and reset", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const names = [...keys.values()].flatMap((some) => some.slice(0, 3)).map((key) => `paged ${key}`);
  for (const key of names) for (const algorithm of ALGORITHMS) await decider.check(checkOf({ key, algorithm }));

  const found = [];
  let cursor = "";
  do {
    const page = await decider.counters({ prefix: "paged", cursor, limit: 4 });
    found.push(...page.counters);
    cursor = page.cursor;
  } while (cursor);
  for (const key of names) await decider.reset(key);
  const after = await Promise.all(names.map((key) => decider.counter(key)));

  expect(found.length).toBe(names.length * ALGORITHMS.length);
  expect(new Set(found.map(({ key }) => key))).toEqual(new Set(names));
  expect(after.map((reading) => reading?.count)).toEqual(names.map(() => 0));
});

test("on a cluster, a slot that moves takes its counters along, and nothing is called lost", async () => {
  const troubles: unknown[] = [];
  const onAlone = (alone: unknown): void => void (alone && troubles.push(alone));
  await using decider = await connectedDecider({ redisUrl: cluster.url, onAlone });
  const [from, to] = cluster.servers;
  const [key = ""] = keys.get(0) ?? [];
  const check = checkOf({ key: `{moved ${key}}`, windowMs: 60_000 });
  const name = counterName("ratelimit:", check.key, check.algorithm);
  const slot = `${slotOf(name)}`;
  const owners = await Promise.all(
    cluster.servers.map(async (server) => (await server.cli("get", name)).startsWith("MOVED")),
  );
  const source = cluster.servers[owners.indexOf(false)] ?? from;
  const target = cluster.servers[owners.indexOf(true)] ?? to;
  await decider.check(check);

  const [sourceId = "", targetId = ""] = await Promise.all([
    source?.cli("cluster", "myid"),
    target?.cli("cluster", "myid"),
  ]);
  await target?.cli("cluster", "setslot", slot, "importing", sourceId);
  await source?.cli("cluster", "setslot", slot, "migrating", targetId);
  await source?.cli("migrate", target?.host ?? "", `${target?.port}`, name, "0", "5000");
  const asked = await decider.check(check);
  for (const server of cluster.servers) await server.cli("cluster", "setslot", slot, "node", targetId);
  const moved = await decider.check(check);
  await Bun.sleep(1200); // two probes, whose key is in the slot

  expect([asked, moved].map(({ count, source }) => [count, source])).toEqual([
    [2, "redis"],
    [3, "redis"],
  ]);
  expect(troubles).toEqual([]);
});

test("on a cluster, a primary that hangs takes only its own keys with it, and they return to it", async () => {
  const failures = new Set<string>();
  const onRedisCall = (_ms: number, failed: string | undefined): void => void (failed && failures.add(failed));
  await using decider = await connectedDecider({ redisUrl: cluster.url, timeoutMs: 300, onRedisCall });
  const hung = cluster.servers[1];
  const one = (primary: number): string => `alone ${keys.get(primary)?.[0]}`;
  const fresh = Array.from({ length: 60 }, (_, at) => `fresh ${at}`);
  const byPrimary = Map.groupBy(fresh, primaryOf);
  const check = async (primary: number, at: number): Promise<string> =>
    (await decider.check(checkOf({ key: byPrimary.get(primary)?.[at] ?? one(primary) }))).source;
  await Promise.all([0, 1, 2].map((primary) => check(primary, 0)));

  hung?.hang();
  const during = await Promise.all([0, 1, 2].map((primary) => check(primary, 1)));
  const read = await Promise.all([0, 1, 2].map((primary) => decider.counter(byPrimary.get(primary)?.[1] ?? "")));
  const health = decider.health();
  const alone = [await check(1, 1), await check(1, 1)];
  hung?.resume();
  await until(() => decider.health().connected);
  const after = await Promise.all([0, 1, 2].map((primary) => check(primary, 2)));
  await until(async () => (await decider.counter(byPrimary.get(1)?.[1] ?? ""))?.count === 3);

  expect([...during, ...alone]).toEqual(["redis", "local", "redis", "local", "local"]);
  expect([...failures]).toEqual(["No answer within 300 ms"]);
  expect(read.map((reading) => reading?.source)).toEqual(["redis", "local", "redis"]);
  expect(health.connected).toBe(false);
  expect(after).toEqual(["redis", "redis", "redis"]);
});

test("on a cluster, a decider names a primary that hung at its start without a check, and knows that it never met it", async () => {
  const [hung] = cluster.servers;
  const [ofHung = "", ofOther = ""] = [0, 1].map((primary) => keys.get(primary)?.[0] ?? "");
  const unmet = new Map<string, boolean | undefined>();
  const shareOf = ({ key, limit }: { key: string; limit: number }, _nowMs: number, isUnmet?: boolean): number => {
    unmet.set(key, isUnmet);
    return limit;
  };
  const shares = { shareOf, startsInMs: () => 0 };

  hung?.hang();
  await using decider = openDecider({ redisUrl: cluster.url, onRedisFailure: "local", timeoutMs: 300, shares });
  await until(() => decider.health().primariesAlone.length === 1);
  const named = decider.health().primariesAlone;
  const { source } = await decider.check(checkOf({ key: ofHung }));
  const first = unmet.get(ofHung);
  await until(async () => (await decider.check(checkOf({ key: ofOther }))).source === "redis");
  hung?.resume();
  await until(() => decider.health().connected);
  hung?.hang();
  await until(async () => (await decider.check(checkOf({ key: ofHung }))).source === "local");
  hung?.resume();
  await until(() => decider.health().connected);

  expect([named, source, first]).toEqual([[`127.0.0.1:${hung?.port}`], "local", true]);
  expect(unmet.get(ofHung)).toBe(false);
});

test("a decider counts the time from its start for which no Cluster answers", async () => {
  await using decider = openDecider({ redisUrl: "redis+cluster://127.0.0.1:1", onRedisFailure: "local" });

  await until(() => decider.health().degradedSeconds > 0.05);

  expect(decider.health()).toMatchObject({ connected: false, primariesAlone: [] });
});

test("a decider that is closed does not say that it decides without the Cluster", async () => {
  const told: unknown[] = [];
  const decider = await connectedDecider({ redisUrl: cluster.url, onAlone: (alone) => told.push(alone?.reason) });
  await decider.check(checkOf({ key: "closed" }));
  await until(() => decider.health().connected);
  told.length = 0;

  await decider[Symbol.asyncDispose]();
  await using other = await connectedDecider({ redisUrl: cluster.url });
  await other.check(checkOf({ key: "closed" }));

  expect(told).toEqual([]);
});

test("on a cluster, management that a hung primary does not answer comes to an end", async () => {
  await using decider = await connectedDecider({ redisUrl: cluster.url });
  const keysOfAll = [...keys.values()].map(([key = ""]) => key);
  for (const key of keysOfAll) await decider.check(checkOf({ key }));

  cluster.servers[1]?.hang();
  const resets = await Promise.allSettled(keysOfAll.map((key) => decider.reset(key)));
  cluster.servers[1]?.resume();
  await until(() => decider.health().connected);

  expect(resets.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "fulfilled", "rejected"]);
});
