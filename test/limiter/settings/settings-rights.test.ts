import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { entryName } from "../../../src/limiter/settings/settings-entry.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { until } from "../../until.ts";
import { participate } from "./participant.ts";

const HASH = "ratelimit:{settings}:values";
const LIMIT_A = entryName.limit("a");

setDefaultTimeout(60_000);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.cli("flushall"));

test("change() by a user without rights to channels is in force everywhere, by poll, and says that pushing is off", async () => {
  const url = await urlWithout("resetchannels");
  await using one = await participate(url);
  await using two = await participate(url);

  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));
  await one.shared.announceReset("b");

  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });
  await until(() => two.state.limits.get("a")?.limit === 5);
  await until(() => two.shared.versionUs === one.shared.versionUs);
  expect([one.shared.pushTrouble, two.shared.pushTrouble]).toEqual(["NOPERM", "NOPERM"]);

  await server.cli("acl", "setuser", "app", "allchannels");
  await server.cli("client", "kill", "user", "app");
  await until(() => two.shared.pushTrouble === undefined);
  await until(() => one.redis.status === "ready");
  await one.shared.change(new Map([[LIMIT_A, '{"limit":6}']]));
  expect(one.shared.pushTrouble).toBeUndefined();
});

test("change() answers that it is in force where only what is read afterwards fails", async () => {
  await using other = await participate(server.url);
  await using one = await participate(await urlWithout("-hgetall"));
  await other.shared.change(new Map([[entryName.block("b"), "true"]]));

  await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));

  expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });
  expect(one.told.at(-1)).toEqual([LIMIT_A]);
  await until(() => other.state.limits.get("a")?.limit === 5);
});

test.each(["soon", "1.5", "12abc", "9999999999999999", "9e30"])(
  "change() is in force where the version in Redis is %p",
  async (version) => {
    await using one = await participate(server.url);
    await server.cli("hset", HASH, "version", version);

    await one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]));

    expect(one.state.limits.get("a")).toMatchObject({ limit: 5 });
    expect(await server.cli("hget", HASH, LIMIT_A)).toEndWith(':{"limit":5}');
  },
);

test.each([["-hset"], ["-time"], ["-hget"]])(
  "change() that Redis refuses, for want of %s, has written nothing",
  async (right) => {
    await using one = await participate(await urlWithout(right));

    await expect(one.shared.change(new Map([[LIMIT_A, '{"limit":5}']]))).rejects.toThrow("(NOPERM)");

    expect(await server.cli("exists", HASH)).toBe("0");
    expect(one.state.limits.size).toBe(0);
  },
);

/** Address of Redis for a user who may do everything but what is taken. */
async function urlWithout(...rights: readonly string[]): Promise<string> {
  await server.cli("acl", "setuser", "app", "reset", "on", ">pw", "~*", "&*", "+@all", ...rights);
  return `redis://app:pw@127.0.0.1:${server.port}`;
}
