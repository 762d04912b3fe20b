import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { type Cluster, startCluster } from "./cluster.ts";

setDefaultTimeout(20_000);

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

  expect(judgements.filter(({ verdict }) => verdict !== "holds")).toEqual([]);
  expect(new Set(judgements.map(({ invariant }) => invariant))).toEqual(
    new Set(ratelimiter.invariants.map(({ id }) => id)),
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
