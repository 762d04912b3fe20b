import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { ProbeError } from "../../../src/core/text/errors.ts";
import type { RedisClient } from "../../../src/io/redis.ts";
import { entryName } from "../../../src/limiter/settings/settings-entry.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { until } from "../../until.ts";
import { type Known, type Participant, participate } from "./participant.ts";

const HASH = "ratelimit:{settings}:values";
const LIMIT_A = entryName.limit("a");
const DAY_US = 86_400_000_000;

setDefaultTimeout(60_000);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.cli("flushall"));

test("change() is enforced here when it resolves, and pushed to the others", async () => {
  await using one = await join();
  await using two = await join();

  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });

  await until(() => two.state.limits.get("a")?.limit === 5);
  expect(one.told.at(-1)).toEqual(["limit/a"]);
  await until(() => two.shared.versionUs === one.shared.versionUs);
});

test("a node that starts later has read everything when it is open", async () => {
  await using one = await join();
  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  await one.shared.change(new Map([[entryName.block("b"), "true"]]));

  await using late = await join();

  expect(late.state.limits.get("a")).toMatchObject({ limit: 5 });
  expect(late.state.isBlocked("b")).toBe(true);
});

test("changes by several nodes at once come out the same everywhere", async () => {
  await using one = await join();
  await using two = await join();

  const both = [one, two].flatMap(({ shared }, node) =>
    Array.from({ length: 20 }, (_, i) =>
      shared.change(new Map([[entryName.limit(`k${i % 5}`), `{"limit":${node * 100 + i + 1}}`]])),
    ),
  );
  await Promise.all(both);

  await until(() => one.shared.versionUs === two.shared.versionUs);
  expect(one.state.entries).toEqual(two.state.entries);
  expect(one.state.limits.size).toBe(5);
});

test("a change whose push is lost is found by the poll", async () => {
  await using one = await join();
  const version = Date.now() * 1000;

  await server.cli("hset", HASH, "version", `${version}`, LIMIT_A, `${version}:{"limit":7}`);

  await until(() => one.state.limits.get("a")?.limit === 7);
  expect(one.told.at(-1)).toBeUndefined();
});

test("announceReset() reaches every node and is not stored", async () => {
  await using one = await join();
  await using two = await join();

  const before = two.told.length;
  await one.shared.announceReset("a");

  // Told of the key by the push or, where that was lost, of everything by the poll.
  await until(() => two.told.slice(before).some((names) => names === undefined || names.includes("reset/a")));
  expect(one.told.at(-1)).toEqual(["reset/a"]);
  expect(await server.cli("hkeys", HASH)).toBe("version");
  expect(two.state.entries.size).toBe(0);
});

test("a Redis that lost everything is given the settings back", async () => {
  await using one = await join();
  await using two = await join();
  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  await until(() => two.state.limits.has("a"));

  await server.cli("flushall");

  await until(async () => (await server.cli("hget", HASH, LIMIT_A)).endsWith(':{"limit":5}'));
  expect(one.state.limits.has("a") && two.state.limits.has("a")).toBe(true);
  await until(() => one.shared.versionUs === two.shared.versionUs);
});

test("what one node knows to be deleted is not brought back by one that missed it", async () => {
  const nowUs = Date.now() * 1000;
  const behind = { versionUs: nowUs, value: '{"limit":5}' };
  const deleted = { versionUs: nowUs + 1, value: undefined };

  await using one = await join(new Map([[LIMIT_A, behind]]));
  expect(await server.cli("hget", HASH, LIMIT_A)).toContain("limit");
  await using two = await join(new Map([[LIMIT_A, deleted]]));

  await until(() => !one.state.limits.has("a"));
  expect(two.state.limits.has("a")).toBe(false);
  expect(await server.cli("hget", HASH, LIMIT_A)).toBe(`${nowUs + 1}:`);
});

test("a change after a loss is newer than all that was known before, even if the clock of Redis stepped back", async () => {
  const aheadUs = Date.now() * 1000 + DAY_US;
  await using one = await join(new Map([[LIMIT_A, { versionUs: aheadUs, value: '{"limit":5}' }]]));
  await server.cli("flushall");

  await one.shared.change(new Map([[LIMIT_A, '{"limit":6}']]));

  await until(async () => (await server.cli("hget", HASH, LIMIT_A)).endsWith(':{"limit":6}'));
  expect(one.state.limits.get("a")).toMatchObject({ limit: 6 });
});

test("a deletion is forgotten after a day, in Redis too", async () => {
  const oldUs = Date.now() * 1000 - 2 * DAY_US;
  await server.cli("hset", HASH, "version", `${oldUs}`, LIMIT_A, `${oldUs}:`);

  await using one = await join();

  await until(async () => (await server.cli("hexists", HASH, LIMIT_A)) === "0");
  expect(one.state.entries.size).toBe(0);
});

const NOW_US = Date.now() * 1000;

test.each([
  ["a text that is no entry", "limit/bad", "nonsense"],
  ["JSON that does not parse", "limit/bad", `${NOW_US}:{"limit":`],
  ["a limit out of range", "limit/bad", `${NOW_US}:{"limit":-5}`],
  ["a limit that is no number", "limit/bad", `${NOW_US}:{"limit":"many"}`],
  ["a version of the future", "limit/bad", `9999999999999999:{"limit":5}`],
  ["a version beyond all numbers", "limit/bad", `${"9".repeat(400)}:{"limit":5}`],
  ["a key that is none", `limit/${"k".repeat(300)}`, `${NOW_US}:{"limit":5}`],
  ["bytes that are no UTF-8 as key", "limit/\ufffd", `${NOW_US}:{"limit":5}`],
  ["a huge row", "limit/bad", `${NOW_US}:{"limit":5,"note":"${"x".repeat(1_000_000)}`],
  ["a block that is none", "block/bad", `${NOW_US}:maybe`],
  ["an algorithm that is none", "config/all/algorithm", `${NOW_US + 9}:"magic"`],
  ["a window that is no number", "config/2/window_ms", `${NOW_US + 9}:"long"`],
  ["a setting that nobody knows", "config/all/colour", `${NOW_US}:"red"`],
  ["a kind that nobody knows", "colour/a", `${NOW_US}:red`],
  ["a version of all that is none", "version", "soon"],
  ["a version of all that is of the future", "version", "99999999999999999999"],
])("%s costs itself alone, is counted, and hinders no change", async (_what, name, text) => {
  await using one = await join();
  await one.shared.change(
    new Map([
      [LIMIT_A, '{"limit":5}'],
      [entryName.block("b"), "true"],
      [entryName.config("algorithm", undefined), '"gcra"'],
      [entryName.config("window_ms", undefined), "7000"],
    ]),
  );
  await one.redis.hset(HASH, name, text);

  await using two = await join();

  // An unreadable version of all is removed by the first node that reads it.
  expect([one, two].some(({ shared }) => shared.unreadable === 1)).toBe(true);
  expect([...two.state.limits.keys(), ...two.state.blocks.keys()]).toEqual(["a", "b"]);
  await one.shared.change(new Map([[entryName.limit("c"), '{"limit":6}']])).catch(() => undefined);
  await until(async () => {
    await two.shared.change(new Map([[entryName.limit("c"), '{"limit":6}']])).catch(() => undefined);
    return one.state.limits.get("c")?.limit === 6 && two.state.limits.get("c")?.limit === 6;
  });
  expect(one.state.config).toMatchObject({ algorithm: "gcra", windowMs: 7000, limit: 100 });
});

test("what was set before a row went bad stays in force where it is known, and Redis is not asked for ever", async () => {
  await using one = await join();
  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  await one.redis.hset(HASH, LIMIT_A, `9999999999999999:{"limit":9}`, "version", `${NOW_US + DAY_US}`);
  await until(() => one.shared.unreadable === 1);

  const { evals, polls } = await calls(one.redis);
  await until(async () => (await calls(one.redis)).polls >= polls + 3);

  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });
  expect((await calls(one.redis)).evals).toBe(evals);
});

test("a push with one change that is none brings the others", async () => {
  await using one = await join();
  const version = `${NOW_US}`;
  const changes = [LIMIT_A, 7, ["limit/b"], ["limit/c", "nonsense"], [LIMIT_A, `${version}:{"limit":7}`]];
  const push = JSON.stringify({ previous: "0", version, changes });

  await until(async () => (await one.redis.publish("ratelimit:{settings}:changes", push)) > 0);

  await until(() => one.told.some((names) => names?.length === 1 && names[0] === LIMIT_A));
});

test("pushes that are no changes are passed over", async () => {
  await using one = await join();
  for (const message of ["nonsense", "{}", '{"previous":"0","version":"x","changes":[]}']) {
    await server.cli("publish", "ratelimit:{settings}:changes", message);
  }

  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));

  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });
});

test("change() without Redis is refused, and the settings known stay in force until it is back", async () => {
  await using own = await startRedis();
  await using one = await participate(own.url);
  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  await own.kill();

  await expect(one.shared.change(new Map([[LIMIT_A, '{"limit":6}']]))).rejects.toThrow(ProbeError);
  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });

  await own.restart();
  await until(async () => (await own.cli("hget", HASH, LIMIT_A)).endsWith(':{"limit":5}'));
});

function join(known?: Known): Promise<Participant> {
  return participate(server.url, known);
}

/** How often Redis was asked so far. */
async function calls(redis: RedisClient): Promise<{ evals: number; polls: number }> {
  const stats = await redis.info("commandstats");
  const callsOf = (command: string) => Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, "m").exec(stats)?.[1]);
  return { evals: callsOf("eval"), polls: callsOf("hget") };
}
