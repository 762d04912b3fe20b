/** Two processes that were started with the same node number: one is configured, the other is named as unexpected. */

import { expect, test } from "bun:test";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { startService } from "../../limiter/services.ts";
import { startRedis } from "../../redis-server.ts";
import { until } from "../../until.ts";

test("a second process with the number of a node is named as unexpected, with its address", async () => {
  await using redis = await startRedis();
  const flags = { node: "1", redis: redis.url, limit: "10", heartbeat: "50ms" };
  await using first = await startService({ flags });
  await using second = await startService({ flags });
  const config = { nodes: [{ id: "1", address: `127.0.0.1:${first.service.port}` }], redis: redis.url };
  await using session = await ratelimiter.configure(config).open({ clock: systemClock, shortestPauseMs: 0 });
  const said = async (): Promise<string | undefined> => {
    const look = await session.look({ signal: AbortSignal.timeout(5000), begunAfterMs: systemClock.monotonic() });
    return look.judgements.find(({ invariant, verdict }) => invariant === "membership" && verdict === "violated")
      ?.summary;
  };

  await until(async () => (await said()) !== undefined);

  const address = `127.0.0.1:${second.service.port}`;
  await until(async () => (await said()) === `node/1-second at ${address} has registered and is unexpected`);
  expect(first.service.port).not.toBe(second.service.port);
});
