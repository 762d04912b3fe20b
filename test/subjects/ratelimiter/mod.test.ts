import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { OWN_INVARIANTS } from "../../../src/core/tickets/own-invariants.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { type Cluster, startCluster } from "./cluster.ts";

setDefaultTimeout(60_000);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("a healthy limiter under traffic holds everywhere, once it has a past", async () => {
  for (const node of [1, 2, 3]) await cluster.check(node, "ann", 2);
  await cluster.look();
  for (const node of [1, 2, 3]) await cluster.check(node, "ben", 12);

  const { judgements, picture, sources } = await cluster.look();

  const ofMachine = new Set(["latency-p99", "node-stalled"]); // how fast it is, and what else runs on it
  const wrong = judgements.filter(({ invariant, verdict }) =>
    ofMachine.has(invariant) ? verdict === "unknown" : verdict !== "holds",
  );
  expect(wrong).toEqual([]);
  expect(new Set(judgements.map(({ invariant }) => invariant))).toEqual(
    new Set([...ratelimiter.invariants.map(({ id }) => id), "component-identity", "membership"]),
  );
  expect(picture.components.map(({ id, state }) => [id, state])).toEqual([
    ["node/1", "up"],
    ["node/2", "up"],
    ["node/3", "up"],
    ["redis/main", "up"],
    ["clients/all", "up"],
    ["cluster/ratelimiter", "up"],
  ]);
  expect(picture.links.filter(({ state }) => state !== "up")).toEqual([]);
  expect(sources).toEqual([{ name: "metrics" }]);
});

test("a node that hangs costs what depends on it, and nothing else", async () => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const [first] = cluster.nodes;
  const nodes = [
    { id: "1", address: `127.0.0.1:${first?.service.port}` },
    { id: "2", address: `127.0.0.1:${silent.port}` },
  ];
  const config = { nodes, redis: cluster.redis.url, probeTimeout: "200ms" };
  await using session = await ratelimiter.configure(config).open({ clock: systemClock });
  await cluster.check(1, "ann", 1);

  const { judgements, picture } = await session.look({ signal: AbortSignal.timeout(5000), tracked: ["counter/ann"] });

  const of = (entity: string) =>
    judgements.filter((one) => one.entity === entity).map((one) => [one.invariant, one.verdict]);
  expect(of("node/1").filter(([, verdict]) => verdict === "violated")).toEqual([]);
  expect(of("node/2")).toContainEqual(["node-reachable", "violated"]);
  expect(of("node/2").filter(([, verdict]) => verdict === "unknown").length).toBeGreaterThan(2);
  expect(of("counter/ann")).toContainEqual(["ghost-allowing", "unknown"]);
  expect(picture.components.find(({ id }) => id === "node/2")).toMatchObject({ state: "down", probe: "timed-out" });
});

test("every reason is one of those that its invariant lists", async () => {
  const listed = new Map([...ratelimiter.invariants, ...OWN_INVARIANTS].map(({ id, reasons }) => [id, reasons]));
  const configured = ratelimiter.configure({ ...Object(cluster.config), redis: "redis://127.0.0.1:1" });
  await using session = await configured.open({ clock: systemClock });

  const looks = [await cluster.look(), await session.look({ signal: AbortSignal.timeout(5000) })];

  const given = looks.flatMap(({ judgements }) => judgements);
  expect(given.filter(({ invariant, reason }) => !listed.get(invariant)?.includes(reason))).toEqual([]);
  expect(given.map(({ reason }) => reason)).toContain("not-read");
});

test("the evidence of a checkup is plain data", async () => {
  const { observation } = await cluster.look();

  expect(JSON.parse(JSON.stringify(observation))).toMatchObject({
    nodes: { value: [{ id: "1" }, { id: "2" }, { id: "3" }] },
  });
});

test("a node that answers in the place of another is not taken for it", async () => {
  const [one, two, ...others] = cluster.nodes.map(({ service }) => `127.0.0.1:${service.port}`);
  const nodes = [two, one, ...others].map((address, index) => ({ id: `${index + 1}`, address }));
  const config = typeof cluster.config === "object" ? { ...cluster.config, nodes } : undefined;
  await using session = await ratelimiter.configure(config).open({ clock: systemClock });

  const { judgements } = await session.look({ signal: AbortSignal.timeout(5000) });

  const said = judgements.filter(({ invariant }) => invariant === "component-identity");
  expect(said.map(({ entity, verdict, summary }) => [entity, verdict, summary])).toEqual([
    ["node/1", "violated", `node/1 at ${two} says that it is node/2`],
    ["node/2", "violated", `node/2 at ${one} says that it is node/1`],
    ["node/3", "holds", expect.stringContaining("node/3 answers at 127.0.0.1:")],
  ]);
});
