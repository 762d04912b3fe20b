/** Every invariant fires on the running system when what it guards against is done to it. */

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { Checkup, InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import type { EntityId } from "../../../src/core/words/ids.ts";
import { until } from "../../until.ts";
import { type Cluster, INTENDED, startCluster } from "./cluster.ts";

setDefaultTimeout(60_000);

const signal = new AbortController().signal;

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster();
});
afterEach(() => cluster[Symbol.asyncDispose]());

test("node-reachable: a node that has stopped is gone", async () => {
  await cluster.nodes[1]?.service.stop();

  const { judgements, picture } = await cluster.look();

  expect(said(judgements, "node-reachable", "node/2")).toMatchObject({
    verdict: "violated",
    evidence: { probe: "refused" },
  });
  expect(said(judgements, "redis-connected", "node/2")).toMatchObject({ verdict: "unknown" });
  expect(picture.components.find(({ id }) => id === "node/2")).toMatchObject({ state: "down", probe: "refused" });
});

test("node-reachable: a drained node is missed until it is undrained", async () => {
  const { session } = cluster;
  const drain = session.actions.get("drain-node");
  const input = { node: "3" };

  await drain?.run(input, signal);
  const { judgements, picture } = await cluster.look();

  expect(await drain?.postCondition(input, signal)).toBe(true);
  expect(said(judgements, "node-reachable", "node/3")).toMatchObject({
    verdict: "violated",
    evidence: { draining: true },
  });
  const component = picture.components.find(({ id }) => id === "node/3");
  const fixing =
    component && session.actions.get("undrain-node")?.fixes?.({ mechanism: "configuration-change", component });
  expect(fixing).toEqual(input);
  await drain?.undo?.(input, { captured: undefined, signal });
  expect(await session.actions.get("undrain-node")?.postCondition(input, signal)).toBe(true);
  expect(said((await cluster.look()).judgements, "node-reachable", "node/3")).toMatchObject({ verdict: "holds" });
});

test("redis-connected: a dead Redis is told from a cut link", async () => {
  await cluster.redis.kill();
  // A node notices by its checks.
  for (const node of [1, 2, 3]) await cluster.check(node, "ann", 1);

  const { judgements, picture } = await lookUntil((checkup) => violated(checkup, "redis-connected", "node/3"));

  expect(said(judgements, "redis-connected", "redis/main")).toMatchObject({ verdict: "violated", on: "redis/main" });
  expect(said(judgements, "redis-connected", "node/1")).toMatchObject({ verdict: "violated", on: "redis/main" });
  expect(picture.components.find(({ id }) => id === "redis/main")).toMatchObject({ state: "down", probe: "refused" });
});

test("redis-connected: a Redis that holds writes back answers the observer and serves nobody", async () => {
  await cluster.redis.cli("client", "pause", "10000", "write");
  for (const node of [1, 2, 3]) await cluster.check(node, "ann", 1);

  const { judgements, picture } = await lookUntil((checkup) => violated(checkup, "redis-connected", "redis/main"));
  await cluster.redis.cli("client", "unpause");

  expect(said(judgements, "redis-connected", "redis/main").evidence).toMatchObject({
    observerReaches: true,
    nodesConnected: 0,
  });
  expect(said(judgements, "redis-connected", "node/2").on).toBe("redis/main");
  expect(picture.components.find(({ id }) => id === "redis/main")?.state).toBe("up");
});

test("redis-connected, counter-drift and ghost-allowing: a node that is cut off counts alone", async () => {
  await cluster.check(1, "ann", 3);
  cluster.links[2]?.cut();
  await until(
    async () => (await cluster.check(3, "ann", 1), violated(await cluster.look(), "redis-connected", "node/3")),
  );
  await cluster.check(3, "ann", 20);
  await cluster.check(1, "ann", 20);
  await cluster.check(1, "ben", 6);
  await cluster.check(3, "ben", 1);

  const { judgements, picture } = await lookUntil((checkup) => violated(checkup, "counter-drift", "counter/ben"));

  expect(said(judgements, "ghost-allowing", "counter/ann")).toMatchObject({ verdict: "violated" });
  expect(said(judgements, "redis-connected", "redis/main")).toMatchObject({ verdict: "holds" });
  expect(said(judgements, "redis-connected", "node/3")).toMatchObject({
    on: "node/3",
    evidence: { otherNodesConnected: 2 },
  });
  expect(said(judgements, "counter-drift", "counter/ben")).toMatchObject({ on: "node/3" });
  expect(said(judgements, "ghost-allowing", "counter/ann")).toMatchObject({ on: "node/3", evidence: { limit: 10 } });
  expect(picture.links).toContainEqual({ from: "node/3", to: "redis/main", kind: "tcp", state: "down" });
});

test("ghost-allowing: a Redis that lost its counters lets the limit through again", async () => {
  await cluster.check(1, "ann", 10);
  await cluster.look();
  // Redis tells the time of its start in whole seconds.
  await until(() => Date.now() % 1000 < 100);
  await cluster.redis.restart();
  await until(async () => (await cluster.check(2, "ann", 1)) === 1);
  await until(async () => (await cluster.check(2, "ann", 9)) === 0);

  const checkup = await lookUntil((checkup) => violated(checkup, "ghost-allowing", "counter/ann"));

  const ghost = said(checkup.judgements, "ghost-allowing", "counter/ann");
  expect(ghost.evidence["units"]).toBeGreaterThan(INTENDED.limit);
  expect(ghost.on).toBe("redis/main");
});

test("stuck-key: a counter without expiry is found among all, and resetting it fixes it", async () => {
  await cluster.look();
  await cluster.check(1, "ann", 1);
  await cluster.redis.cli("persist", "ratelimit:{ann}:sliding-window");

  const { judgements } = await cluster.look();

  expect(said(judgements, "stuck-key", "counter/ann")).toMatchObject({ verdict: "violated", evidence: { lifeMs: -1 } });
  const reset = cluster.session.actions.get("reset-counter");
  expect(await reset?.postCondition({ key: "ann" }, signal)).toBe(false);
  await reset?.run({ key: "ann" }, signal);
  expect(await reset?.postCondition({ key: "ann" }, signal)).toBe(true);
  expect(said((await cluster.look("counter/ann")).judgements, "stuck-key", "counter/ann").verdict).toBe("holds");
});

test("stuck-key: a counter that another algorithm and a shorter window leave behind lives out its own", async () => {
  const [first] = cluster.nodes;
  await first?.call("PUT", "/api/config", { algorithm: "gcra" });
  await first?.call("PUT", "/api/limits/left", { limit: 2, window_ms: 3_600_000 });
  await cluster.check(1, "left", 1);
  await first?.call("PUT", "/api/config", { algorithm: "sliding-window" });
  await first?.call("PUT", "/api/limits/left", { limit: 100, window_ms: 1000 });
  await cluster.check(1, "left", 1);

  const { judgements } = await cluster.look("counter/left");

  expect(said(judgements, "stuck-key", "counter/left")).toMatchObject({
    verdict: "holds",
    evidence: { windowMs: 1000 },
  });
});

test("hot-key: a key that is asked for most is seen although it is denied", async () => {
  const { session } = cluster;
  for (let other = 0; other < 15; other++) await cluster.check(1, `other-${other}`, 1);
  await cluster.look();
  for (let other = 0; other < 15; other++) await cluster.check(1, `other-${other}`, 1);
  await cluster.check(2, "ann", 100);

  const { judgements, picture } = await cluster.look();

  expect(said(judgements, "hot-key", "counter/ann")).toMatchObject({ verdict: "violated", on: "clients/all" });
  expect(said(judgements, "hot-key", "counter/other-1")).toMatchObject({ verdict: "holds" });
  const component = picture.components.find(({ id }) => id === "clients/all");
  const block = session.actions.get("block-key");
  const input = component && block?.fixes?.({ mechanism: "skewed-load", component });
  expect(input).toEqual({ key: "ann" });
  await block?.run(input, signal);
  await until(async () => (await block?.postCondition(input, signal)) ?? false);
  await block?.undo?.(input, { captured: undefined, signal });
  await until(async () => (await session.actions.get("unblock-key")?.postCondition(input, signal)) ?? false);
});

test("config-agreement: a node that runs otherwise is at fault, and the intended configuration fixes it", async () => {
  await cluster.nodes[0]?.call("PUT", "/api/config", { limit: 30, node: 2 });
  const checkup = await lookUntil((checkup) => violated(checkup, "config-agreement", "node/2"));

  expect(said(checkup.judgements, "config-agreement", "node/1").verdict).toBe("holds");
  expect(said(checkup.judgements, "config-agreement", "cluster/ratelimiter").verdict).toBe("holds");
  await rollOutFor(checkup, "node/2");
  await lookUntil(({ judgements }) => said(judgements, "config-agreement", "node/2").verdict === "holds");
});

test("config-agreement: what all nodes run with is the cluster's fault when it is not what was meant", async () => {
  await cluster.nodes[0]?.call("PUT", "/api/config", { algorithm: "sliding-counter" });
  const checkup = await lookUntil((checkup) => violated(checkup, "config-agreement", "cluster/ratelimiter"));

  expect(said(checkup.judgements, "config-agreement", "node/2").verdict).toBe("holds");
  await rollOutFor(checkup, "cluster/ratelimiter");
  await lookUntil(({ judgements }) => said(judgements, "config-agreement", "cluster/ratelimiter").verdict === "holds");
});

test("clock-agreement: a node with a clock of its own is off by as much", async () => {
  await cluster.nodes[1]?.call("PUT", "/api/node/clock", { offset_ms: -90_000 });

  const { judgements, picture } = await lookUntil((checkup) => violated(checkup, "clock-agreement", "node/2"));

  expect(said(judgements, "clock-agreement", "node/1").verdict).toBe("holds");
  expect(picture.components.find(({ id }) => id === "node/2")?.clockOffsetMs).toBeLessThan(-80_000);
});

test("latency-p99: a long way to Redis is felt in every check", async () => {
  await cluster.look();
  cluster.links[0]?.delay(40);
  await Promise.all(Array.from({ length: 10 }, (_, client) => cluster.check(1, `key-${client}`, 3)));

  const { judgements } = await cluster.look();

  expect(said(judgements, "latency-p99", "node/1")).toMatchObject({ verdict: "violated", on: "node/1" });
});

function said(judgements: readonly InvariantJudgement[], invariant: string, entity: EntityId) {
  const found = judgements.find((one) => one.invariant === invariant && one.entity === entity);
  if (!found) throw new Error(`Cannot find what "${invariant}" says of "${entity}"`);
  return found;
}

function violated({ judgements }: Checkup, invariant: string, entity: EntityId): boolean {
  return judgements.some((one) => one.invariant === invariant && one.entity === entity && one.verdict === "violated");
}

async function lookUntil(isSo: (checkup: Checkup) => boolean): Promise<Checkup> {
  let checkup = await cluster.look();
  await until(async () => isSo(checkup) || isSo((checkup = await cluster.look())));
  return checkup;
}

async function rollOutFor(checkup: Checkup, id: EntityId): Promise<void> {
  const rollOut = cluster.session.actions.get("roll-out-config");
  const component = checkup.picture.components.find((part) => part.id === id);
  const input = component && rollOut?.fixes?.({ mechanism: "configuration-change", component });
  expect(input).toMatchObject({ algorithm: INTENDED.algorithm, limit: INTENDED.limit, windowMs: INTENDED.windowMs });
  await rollOut?.run(input, signal);
  await until(async () => (await rollOut?.postCondition(input, signal)) ?? false);
}
