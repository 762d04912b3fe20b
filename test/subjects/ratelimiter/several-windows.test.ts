/** Several windows on one key, on a running limiter: each holds over all nodes, and nothing accuses them. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import * as v from "valibot";
import { until } from "../../until.ts";
import { type Cluster, startCluster } from "./cluster.ts";

const Counters = v.object({ counters: v.array(v.object({ window_ms: v.number(), count: v.number() })) });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Checks at the nodes in turn, and counts how many were allowed. */
async function take(key: string, times: number, rule: { readonly limit?: number; readonly window_ms?: number } = {}) {
  let allowed = 0;
  for (let sent = 0; sent < times; sent++) {
    const answer = await cluster.nodes[sent % 3]?.call("POST", "/check", { key, ...rule });
    if (answer?.status === 200) allowed += 1;
  }
  return allowed;
}

/** What is said of a key, but for what holds. */
async function complaints(key: string): Promise<string[]> {
  const { judgements } = await cluster.look(`counter/${key}`);
  const own = judgements.filter(({ entity, verdict }) => entity === `counter/${key}` && verdict !== "holds");
  return own.map(({ invariant, reason, summary }) => `${invariant} ${reason}: ${summary}`);
}

test("each window of a key holds by itself over all nodes, and no invariant is violated", async () => {
  const allowed = [
    await take("two", 12, { limit: 10, window_ms: 20_000 }),
    await take("two", 12, { limit: 5, window_ms: 60_000 }),
    await take("two", 12, { limit: 10, window_ms: 20_000 }),
    await take("two", 12),
  ];

  const { counters } = v.parse(Counters, await cluster.nodes[1]?.get("/api/counters?prefix=two"));
  expect(allowed).toEqual([10, 5, 0, 10]);
  expect(counters.map(({ window_ms, count }) => `${window_ms} ${count}`).toSorted()).toEqual([
    "20000 10",
    "5000 10",
    "60000 5",
  ]);
  expect(await complaints("two")).toEqual([]);
});

test("a reset on one node gives all windows of a key free on all, and no invariant is violated", async () => {
  await take("reset", 6, { limit: 5, window_ms: 60_000 });
  await take("reset", 6, { limit: 5, window_ms: 20_000 });

  const reset = await cluster.nodes[2]?.call("POST", "/api/counters/reset/reset");
  const allowed = [
    await take("reset", 6, { limit: 5, window_ms: 60_000 }),
    await take("reset", 6, { limit: 5, window_ms: 20_000 }),
  ];

  expect(reset?.status).toBe(200);
  expect(allowed).toEqual([5, 5]);
  expect(await complaints("reset")).toEqual([]);
});

test("a reset is obeyed by a node that was cut off from it, also where Redis knows nothing of the key", async () => {
  const [node] = cluster.nodes;
  const isAlone = async (): Promise<boolean> => {
    const answer = await node?.call("POST", "/check", { key: "elsewhere" });
    return JSON.stringify(answer?.body).includes('"source":"local"');
  };
  cluster.links[0]?.cut();
  await until(isAlone);
  const alone = [];
  for (let sent = 0; sent < 4; sent++)
    alone.push(await node?.call("POST", "/check", { key: "cut", window_ms: 60_000 }));

  await cluster.nodes[1]?.call("POST", "/api/counters/cut/reset");
  cluster.links[0]?.heal();
  await until(async () => !(await isAlone()));
  const allowed = await take("cut", 12, { window_ms: 60_000 });

  // A third of the limit is what one of three nodes takes alone.
  expect(alone.map((answer) => answer?.status)).toEqual([200, 200, 200, 429]);
  expect(allowed).toBe(10);
});

test("a window that is rolled out to all nodes and back grants nothing twice, and no invariant is violated", async () => {
  const [node] = cluster.nodes;
  const rollOut = async (windowMs: number): Promise<void> => {
    await node?.call("PUT", "/api/config", { window_ms: windowMs });
    for (const one of cluster.nodes) {
      await until(async () => JSON.stringify(await one.get("/api/config")).includes(`"window_ms":${windowMs}`));
    }
  };
  await rollOut(60_000);
  const before = await take("rolled", 12);

  await rollOut(1000);
  const meanwhile = await take("rolled", 3);
  await rollOut(60_000);
  const back = await take("rolled", 6);

  expect([before, meanwhile, back]).toEqual([10, 3, 0]);
  expect(await complaints("rolled")).toEqual([]);
});
