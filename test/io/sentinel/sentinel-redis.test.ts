import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Cluster, type Redis } from "ioredis";
import { connectRedis, primaryAddress } from "../../../src/io/redis.ts";
import { type RedisSentinel, startRedisSentinel } from "../../redis-sentinel.ts";
import { type RedisServer } from "../../redis-server.ts";
import { until } from "../../until.ts";

setDefaultTimeout(60_000);

const PONG = "+PONG\r\n";

describe("connectRedis() behind Sentinels", () => {
  let redis: RedisSentinel;
  beforeAll(async () => {
    redis = await startRedisSentinel();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  test("is connected to the new primary after a failover, though the old one would still answer", async () => {
    using old = await open(redis.url);
    const before = await portOf(old.client);

    await redis.failover();
    await until(async () => !["", before].includes(await portOf(old.client)));

    expect(addressesOf(redis)).toContain(primaryAddress(old.client) ?? "");
    expect(primaryAddress(old.client)).toEndWith(`:${await portOf(old.client)}`);
    expect(await old.client.set("a", "1")).toBe("OK");
  });

  test("finds the primary while one Sentinel hangs and another is down", async () => {
    const [first, second] = redis.sentinels;
    first?.hang();
    await second?.kill();

    using late = await open(redis.url);
    expect(await late.client.set("a", "1")).toBe("OK");

    first?.resume();
    await second?.restart();
  });

  test("never follows a Sentinel that missed a failover", async () => {
    await settled(redis);
    const [first, , third] = redis.sentinels;
    using early = await open(redis.url);
    using told = await open(redis.url.replace(/,.*\//, "/")); // it knows the other Sentinels only by the first
    const before = primaryAddress(early.client);
    first?.hang();
    await redis.failover(third);
    await until(() => [early, told].every(({ client }) => primaryAddress(client) !== before));
    const after = primaryAddress(early.client);
    const connected: (string | undefined)[] = [];
    for (const { client } of [early, told]) client.on("connect", () => connected.push(primaryAddress(client)));

    first?.resume();
    using late = await open(redis.url);
    const found = primaryAddress(late.client);
    await settled(redis);

    expect([found, primaryAddress(early.client), primaryAddress(told.client)]).toEqual([after, after, after]);
    expect(new Set(connected)).toEqual(new Set(connected.length > 0 ? [after] : []));
  });

  test("sends nothing after this process was stopped, before the Sentinels were asked", async () => {
    using woken = await open(redis.url);
    const { client } = woken;

    Bun.sleepSync(2100);
    const sent = [client.set("a", "1"), client.multi().set("a", "1").exec()];

    expect((await Promise.allSettled(sent)).map(outcomeOf)).toEqual(["refused", "refused"]);
    await until(async () => (await client.set("a", "1").catch(() => "")) === "OK");
  });

  test("keeps its connections while nothing happens", async () => {
    await settled(redis);
    using idle = await open(redis.url);
    const servers = [redis.primary, redis.replica, ...redis.sentinels];
    const before = new Set((await inTurn(servers, clientIdsOf)).flat());

    const { bytesRead } = idle.client.stream;
    await until(() => idle.client.stream.bytesRead >= bytesRead + 5 * PONG.length);
    const after = (await inTurn(servers, clientIdsOf)).flat();

    expect(after.filter((id) => !before.has(id))).toEqual([]);
    expect(idle.client.status).toBe("ready");
  });

  test("goes on with the primary that it knows while no Sentinel answers", async () => {
    using known = await open(redis.url);

    for (const sentinel of redis.sentinels) await sentinel.kill();
    known.client.disconnect(true);
    await until(() => known.client.status !== "ready");
    await until(() => known.client.status === "ready");

    expect(await known.client.set("a", "1")).toBe("OK");
  });
});

/** A client that is ready, until the end of the scope. */
async function open(url: string): Promise<{ readonly client: Redis } & Disposable> {
  const client = connectRedis(url);
  if (client instanceof Cluster) throw new TypeError("Cannot test a Cluster here");
  await until(() => client.status === "ready");
  return { client, [Symbol.dispose]: () => client.disconnect() };
}

/** What became of a command, or of the commands of a transaction. */
function outcomeOf(one: PromiseSettledResult<unknown>): "done" | "refused" {
  return one.status === "rejected" || !JSON.stringify(one.value).includes("OK") ? "refused" : "done";
}

/** Port of the server that a client is connected to; `""` while there is none. */
async function portOf(client: Redis): Promise<string> {
  const info = await client.info("server").catch(() => "");
  return /^tcp_port:(\d+)/m.exec(info)?.[1] ?? "";
}

function addressesOf({ primary, replica }: RedisSentinel): readonly string[] {
  return [primary, replica].map(({ host, port }) => `${host}:${port}`);
}

/** Waits until all Sentinels name the same primary, and the other server follows it. */
async function settled({ primary, replica, sentinels }: RedisSentinel): Promise<void> {
  await until(async () => {
    const named = await inTurn(sentinels, (one) => one.cli("sentinel", "get-master-addr-by-name", "limits"));
    const roles = await inTurn([primary, replica], (one) => one.cli("info", "replication"));
    return new Set(named).size === 1 && roles.filter((role) => role.includes("master_link_status:up")).length === 1;
  });
}

/** What each server answers, one after the other. */
async function inTurn<T>(servers: readonly RedisServer[], ask: (server: RedisServer) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (const server of servers) answers.push(await ask(server));
  return answers;
}

/** Ids of all connections to a server but that which asks. */
async function clientIdsOf(server: RedisServer): Promise<readonly string[]> {
  const list = (await server.cli("client", "list")).split("\n");
  return list
    .filter((line) => !line.includes("cmd=client"))
    .map((line) => `${server.port} ${/^id=\d+/.exec(line)?.[0]}`);
}
