/** An observer whose user may do less than those of the nodes judges what it can, on a running limiter. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { startService, type TestService } from "../../limiter/services.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";

const USERS = {
  "without INFO": ["~ratelimit:*", "&ratelimit:*", "+@all", "-@dangerous", "-@admin"],
  "without INFO and SCAN": ["~ratelimit:*", "+@all", "-info", "-scan"],
  "without any key": ["+@all"],
  "without any command": ["~*", "-@all"],
} as const;

type User = keyof typeof USERS;

let owned: AsyncDisposableStack;
let redis: RedisServer;
let node: TestService;
beforeAll(async () => {
  await using opened = new AsyncDisposableStack();
  redis = opened.use(await startRedis());
  for (const [index, rights] of Object.values(USERS).entries()) {
    await redis.cli("acl", "setuser", `user${index}`, "on", ">pw", ...rights);
  }
  node = opened.use(await startService({ flags: { node: "1", redis: redis.url, limit: "10", window: "5s" } }));
  await node.call("POST", "/check", { key: "ann" });
  owned = opened.move();
});
afterAll(() => owned.disposeAsync());

test.each<[User, string[]]>([
  ["without INFO", []],
  ["without INFO and SCAN", ["stuck-key redis/main"]],
  ["without any key", ["stuck-key counter/ann"]],
  ["without any command", ["stuck-key redis/main", "stuck-key counter/ann"]],
])("a user %s sees nothing violated, and nothing unknown but what it may not ask for", async (user, unknown) => {
  const { judgements, picture } = await lookAs(user);

  // What rests on metrics needs a past.
  const own = judgements.filter(({ invariant }) => !["latency-p99", "node-stalled"].includes(invariant));
  expect(own.filter(({ verdict }) => verdict === "violated")).toEqual([]);
  expect(
    own.filter(({ verdict }) => verdict === "unknown").map(({ invariant, entity }) => `${invariant} ${entity}`),
  ).toEqual(unknown);
  expect(picture.components.find(({ id }) => id === "redis/main")?.state).toBe("up");
});

test("a user whose password is wrong sees that Redis serves the nodes and refuses the observer", async () => {
  const { judgements } = await look(redis.url.replace("//", "//user0:wrong@"));

  expect(judgements.find(({ entity }) => entity === "redis/main")).toMatchObject({
    verdict: "holds",
    word: "WRONGPASS",
  });
});

function lookAs(user: User): Promise<Checkup> {
  const index = Object.keys(USERS).indexOf(user);
  return look(redis.url.replace("//", `//user${index}:pw@`));
}

async function look(url: string): Promise<Checkup> {
  const nodes = [{ id: "1", address: `127.0.0.1:${node.service.port}` }];
  await using session = await ratelimiter.configure({ nodes, redis: url }).open({ clock: systemClock });
  return await session.look({ signal: AbortSignal.timeout(5000) });
}
