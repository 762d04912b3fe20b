import { expect, setDefaultTimeout, test } from "bun:test";
import { connectRedis } from "../../src/io/redis.ts";
import { redisTarget } from "../../src/io/redis-address.ts";
import { entryName } from "../../src/limiter/settings/settings-entry.ts";
import { startGuardedSentinel, startRedisSentinel } from "../redis-sentinel.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";
import { participate } from "./settings/participant.ts";

setDefaultTimeout(60_000);

test.each(["killed", "hung"])(
  "behind Sentinel, checks and settings go to the new primary when the old one is %s",
  async (how) => {
    await using redis = await startRedisSentinel();
    await using decider = await connectedDecider({ redisUrl: redis.url, timeoutMs: 500 });
    await using settings = await participate(redis.url);
    const check = checkOf({ windowMs: 60_000 });
    for (let at = 0; at < 3; at++) await decider.check(check);
    await until(async () => (await redis.replica.cli("exists", "ratelimit:{a}:sliding-window")) === "1");

    if (how === "hung") redis.primary.hang();
    else await redis.primary.kill();
    const during = await decider.check(checkOf({ key: "b" }));
    await until(() => decider.health().connected);
    const after = [await decider.check(check), await decider.check(check), await decider.check(check)];

    expect(during.source).toBe("local");
    expect(after.map(({ allowed, count, source }) => [allowed, count, source])).toEqual([
      [true, 4, "redis"],
      [true, 5, "redis"],
      [false, 5, expect.any(String)],
    ]);
    expect(await redis.replica.cli("role")).toStartWith("master");
    const change = new Map([[entryName.block("c"), "true"]]);
    await until(() =>
      settings.shared.change(change).then(
        () => true,
        () => false,
      ),
    );
    expect(await redis.replica.cli("hexists", "ratelimit:{settings}:values", "block/c")).toBe("1");
    redis.primary.resume();
  },
);

test("behind Sentinel, a connection that is told to reconnect while it still connects comes back", async () => {
  await using redis = await startRedisSentinel();
  const client = connectRedis(redis.url);
  for (let told = 0; told < 5; told++) {
    await until(() => client.status !== "ready");
    client.disconnect(true);
    await new Promise((resolve) => setImmediate(resolve));
  }

  await until(() => client.status === "ready");

  client.disconnect();
  await until(() => client.status === "end");
});

test.each([
  ["none of them asks for one", {}, {}],
  ["none of them asks for one and one is given", {}, { redisPassword: "r" }],
  ["only Redis asks for one", { redis: "r" }, { redisPassword: "r" }],
  ["all ask for the same", { redis: "r%/@", sentinel: "r%/@" }, { redisPassword: "r%/@" }],
  ["the Sentinels ask for another", { redis: "r", sentinel: "s" }, { redisPassword: "r", sentinelPassword: "s" }],
  ["only the Sentinels ask for one", { sentinel: "s" }, { sentinelPassword: "s" }],
])("behind Sentinel, where of the passwords %s, checks go to Redis", async (_what, asked, given) => {
  await using redis = await startGuardedSentinel(asked);
  await using decider = await connectedDecider({ redisUrl: redisTarget(redis.url, given) });

  expect(await decider.check(checkOf({}))).toMatchObject({ source: "redis" });
});
