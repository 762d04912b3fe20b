/** One process under several names is one node, on a running limiter. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import type { Session } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { startService } from "../../limiter/services.ts";
import { startRedis } from "../../redis-server.ts";

const LIMIT = 10;
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
const HOSTS = ["127.0.0.1", "localhost", "LocalHost", "127.1", ...(HAS_IPV6 ? ["[::1]"] : [])];

let owned: AsyncDisposableStack;
let session: Session;
let seen: Checkup;
beforeAll(async () => {
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis());
  const node = opened.use(
    await startService({
      flags: {
        node: "1",
        host: HAS_IPV6 ? "::" : "127.0.0.1",
        insecure: true,
        redis: redis.url,
        limit: LIMIT,
        window: "5s",
      },
    }),
  );
  const nodes = HOSTS.map((host, index) => ({ id: `${index + 1}`, address: `${host}:${node.service.port}` }));
  const configured = ratelimiter.configure({ nodes, redis: redis.url, intended: { limit: LIMIT } });
  session = opened.use(await configured.open({ clock: systemClock, shortestPauseMs: 0 }));
  for (let sent = 0; sent < LIMIT; sent++) await node.call("POST", "/check", { key: "ann" });
  seen = await session.look({ signal: AbortSignal.timeout(5000), tracked: ["counter/ann"] });
  owned = opened.move();
});
afterAll(() => owned.disposeAsync());

test("what it allowed is added up once, and what the other nodes allowed is unknown", () => {
  const ghost = seen.judgements.find(
    ({ invariant, entity }) => invariant === "ghost-allowing" && entity === "counter/ann",
  );

  expect(ghost).toMatchObject({ verdict: "unknown", evidence: { units: LIMIT, most: LIMIT } });
});

test("an address that it answers for another node is a violation of node-reachable", () => {
  const said = seen.judgements.filter(({ invariant }) => invariant === "node-reachable");

  expect(said.map(({ entity, verdict, reason }) => [entity, verdict, reason])).toEqual([
    ["node/1", "holds", "answers"],
    ...HOSTS.slice(1).map((_, index) => [`node/${index + 2}`, "violated", "wrong-identity"]),
  ]);
  expect(seen.picture.components.filter(({ kind, state }) => kind === "node" && state === "up")).toHaveLength(1);
});

test("no action on the other node reaches it", async () => {
  const drain = session.actions.get("drain-node")?.run({ node: "2" }, AbortSignal.timeout(5000));

  await expect(drain).rejects.toThrow('Cannot change node/2: node 1 answers at its address "localhost:');
  expect(await session.actions.get("undrain-node")?.postCondition({ node: "1" }, AbortSignal.timeout(5000))).toBe(true);
});
