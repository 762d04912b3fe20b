/** A node that registers with a running limiter and is in no configuration of the watcher. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import type { Session } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { startService, type TestService } from "../../limiter/services.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { until } from "../../until.ts";

let owned: AsyncDisposableStack;
let redis: RedisServer;
let stranger: TestService;
let config: unknown;
let session: Session;
beforeAll(async () => {
  await using opened = new AsyncDisposableStack();
  redis = opened.use(await startRedis());
  const node = opened.use(await startService({ flags: { node: "1", redis: redis.url, limit: "10" } }));
  stranger = opened.use(await startService({ flags: { node: "4", redis: redis.url, limit: "300" } }));
  config = { nodes: [{ id: "1", address: `127.0.0.1:${node.service.port}` }], redis: redis.url };
  session = opened.use(await ratelimiter.configure(config).open({ clock: systemClock, shortestPauseMs: 0 }));
  owned = opened.move();
});
afterAll(() => owned.disposeAsync());

test("it is named as unexpected, with its address, and the picture shows how it is set", async () => {
  const { judgements, picture } = await look();

  const address = `127.0.0.1:${stranger.service.port}`;
  expect(judgements.find(({ entity, invariant }) => entity === "node/4" && invariant === "membership")).toMatchObject({
    verdict: "violated",
    reason: "unexpected",
    on: "node/4",
    summary: `node/4 at ${address} has registered and is unexpected`,
  });
  const [one, four] = ["node/1", "node/4"].map((id) => picture.components.find((component) => component.id === id));
  expect(four).toMatchObject({ state: "up", address });
  expect(four?.configHash).not.toBe(one?.configHash ?? "");
});

test("it is no concern where its name is one of the watcher's own, by its address, or where it may come and go", async () => {
  const [first] = Object(config).nodes;
  const nodes = [
    { ...first, id: "a" },
    { id: "b", address: `localhost:${stranger.service.port}` },
  ];
  const named = ratelimiter.configure({ ...Object(config), nodes });
  await using byName = await named.open({ clock: systemClock });
  await using ephemeral = await ratelimiter.configure(config).open({ clock: systemClock, ephemeral: ["node/4"] });

  const looks = await Promise.all([look(byName), look(ephemeral)]);

  expect(looks.map((checkup) => membersOf(checkup).map(({ verdict }) => verdict))).toEqual([
    ["holds", "holds"],
    ["holds", "holds"],
  ]);
});

test("it is unknown while no node can read the register, and forgotten once it has left", async () => {
  await stranger.service.stop();
  await until(async () => membersOf(await look()).length === 1);
  await redis.kill();

  const unread = membersOf(await look());

  expect(unread).toMatchObject([{ entity: "node/1", verdict: "unknown", reason: "not-read" }]);
});

function membersOf({ judgements }: Checkup) {
  return judgements.filter(({ invariant }) => invariant === "membership");
}

function look(of = session): ReturnType<Session["look"]> {
  return of.look({ signal: AbortSignal.timeout(5000), begunAfterMs: systemClock.monotonic() });
}
