/** Every action on a running limiter: what it says it would send, what it does, what it looks at, and its undoing. */

import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import type { Component } from "../../../src/core/system/picture.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { until } from "../../until.ts";
import { type Cluster, INTENDED, startCluster } from "./cluster.ts";

setDefaultTimeout(60_000);

const signal = new AbortController().signal;

let cluster: Cluster;
let key = "";
let keys = 0;
beforeAll(async () => {
  cluster = await startCluster();
});
beforeEach(() => {
  key = `user/${keys++} ä`;
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("every action previews what it would send, word for word", () => {
  const of = (id: string, input: unknown) => action(id).preview(input);
  const path = encodeURIComponent(key);

  expect(of("reset-counter", { key }).sends).toBe(`POST /api/counters/${path}/reset`);
  expect(of("set-limit", { key, limit: 5 }).sends).toBe(`PUT /api/limits/${path} {"limit":5}`);
  expect(of("unset-limit", { key }).sends).toBe(`DELETE /api/limits/${path}`);
  expect(of("block-key", { key }).sends).toBe(`PUT /api/blocks/${path}`);
  expect(of("unblock-key", { key }).sends).toBe(`DELETE /api/blocks/${path}`);
  expect(of("drain-node", { node: "2" })).toMatchObject({
    sends: "POST /api/node/drain to node/2",
    entities: ["node/2"],
    stops: ["node/2"],
  });
  expect(of("undrain-node", { node: "2" }).sends).toBe("POST /api/node/undrain to node/2");
  expect(of("roll-out-config", { limit: 7, node: "2" })).toMatchObject({
    sends: 'PUT /api/config {"limit":7,"node":2}',
    entities: ["node/2"],
  });
  expect(of("roll-out-config", { windowMs: 100 }).entities).toEqual(["cluster/ratelimiter"]);
});

test("set-limit holds on every node, and undoing removes it", async () => {
  const input = { key, limit: 2 };

  await action("set-limit").run(input, signal);
  await comesTrue("set-limit", input);
  expect(await cluster.check(3, key, 5)).toBe(2);

  await action("set-limit").undo?.(input, { captured: null, signal });
  await comesTrue("unset-limit", { key });
});

test("set-limit and unset-limit bring back the limit that a key had", async () => {
  const old = { limit: 2, windowMs: 3000 };
  await action("set-limit").run({ key, ...old }, signal);
  await comesTrue("set-limit", { key, ...old });

  for (const [id, input] of [
    ["set-limit", { key, limit: 4 }],
    ["unset-limit", { key }],
  ] as const) {
    const captured = await action(id).capture?.(input, signal);
    await action(id).run(input, signal);
    await comesTrue(id, input);
    await action(id).undo?.(input, { captured, signal });
    await comesTrue("set-limit", { key, ...old });
  }
  await action("unset-limit").run({ key }, signal);
});

test("block-key denies a key on every node, and unblock-key lets it ask again", async () => {
  await action("block-key").run({ key }, signal);
  await comesTrue("block-key", { key });
  expect(await cluster.check(2, key, 1)).toBe(0);

  await action("unblock-key").run({ key }, signal);
  await comesTrue("unblock-key", { key });
  expect(await cluster.check(2, key, 1)).toBe(1);
  await action("unblock-key").undo?.({ key }, { captured: undefined, signal });
  await comesTrue("block-key", { key });
});

test("reset-counter lets a key take its whole limit again", async () => {
  await cluster.check(1, key, 15);

  await action("reset-counter").run({ key }, signal);

  expect(await action("reset-counter").postCondition({ key }, signal)).toBe(true);
  expect(await cluster.check(2, key, 15)).toBe(INTENDED.limit);
});

test("undrain-node can be undone, too, and an unknown node is refused", async () => {
  await action("undrain-node").undo?.({ node: "2" }, { captured: undefined, signal });
  await comesTrue("drain-node", { node: "2" });
  await action("undrain-node").run({ node: "2" }, signal);
  await comesTrue("undrain-node", { node: "2" });

  await expect(action("drain-node").run({ node: "9" }, signal)).rejects.toThrow('Cannot find node "9"');
  expect(() => action("drain-node").preview({ node: "all" })).toThrow("expected the number of a node");
});

test("roll-out-config brings back what ran before, on one node and on all, and cannot undo what it does not know", async () => {
  for (const rules of [{ limit: 33, node: "2" }, { limit: 34 }]) {
    const captured = await action("roll-out-config").capture?.(rules, signal);
    await action("roll-out-config").run(rules, signal);
    await comesTrue("roll-out-config", rules);
    await action("roll-out-config").undo?.(rules, { captured, signal });
    await comesTrue("roll-out-config", { limit: INTENDED.limit });
  }

  const unknown = action("roll-out-config").undo?.({ limit: 33 }, { captured: undefined, signal });
  await expect(unknown).rejects.toThrow("Cannot use the former configuration");
  expect(() => action("roll-out-config").preview({ node: "2" })).toThrow("Cannot roll out an empty change");
});

test("actions fix only what they are for", () => {
  const component = (id: Component["id"], labels: Record<string, string>): Component => {
    return { id, kind: "node", state: "up", labels };
  };
  const asIntended = { running_limit: "5", intended_limit: "5", draining: "false" };
  const fixes = (id: string, part: Component) =>
    action(id).fixes?.({ mechanism: "configuration-change", component: part });

  expect(fixes("roll-out-config", component("node/2", asIntended))).toBeUndefined();
  expect(fixes("roll-out-config", component("node/2", {}))).toBeUndefined();
  expect(fixes("undrain-node", component("node/2", asIntended))).toBeUndefined();
  expect(fixes("block-key", component("clients/all", { heaviest_key: "a" }))).toBeUndefined();
  expect(
    fixes("roll-out-config", component("cluster/ratelimiter", { running_limit: "9", intended_limit: "5" })),
  ).toEqual({ limit: 5 });
});

test("a change without any node that answers is refused", async () => {
  const config = { nodes: [{ id: "1", address: "127.0.0.1:1" }], redis: cluster.redis.url };
  await using session = await ratelimiter.configure(config).open({ clock: systemClock });

  await expect(session.actions.get("block-key")?.run({ key }, signal)).rejects.toThrow("no node answers");
  expect(await session.actions.get("block-key")?.postCondition({ key }, signal)).toBe(false);
});

function action(id: string): BoundAction {
  const found = cluster.session.actions.get(id);
  if (!found) throw new RangeError(`Cannot find action "${id}"`);
  return found;
}

/** Nodes hear of a change within a second. */
async function comesTrue(id: string, input: unknown): Promise<void> {
  await until(() => action(id).postCondition(input, signal));
}
