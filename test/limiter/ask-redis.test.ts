import { expect, test } from "bun:test";
import { makeNode } from "./test-node.ts";

test.each([
  ["PUT", "/api/limits/a", { limit: 1 }],
  ["PUT", "/api/config", { limit: 1 }],
  ["POST", "/api/counters/a/reset", undefined],
] as const)("%s %s without Redis is 503 and changes nothing", async (method, path, body) => {
  const { node, decider, send } = makeNode();
  decider.connected = false;

  const reply = await send(method, path, { body });

  expect(reply).toMatchObject({ status: 503, body: { error: { field: "redis" } } });
  expect(node.state.entries.size).toBe(0);
});

test("GET /api/nodes without Redis is 503, since nobody knows who is there", async () => {
  const { registry, send } = makeNode();
  registry.away = true;

  expect(await send("GET", "/api/nodes")).toMatchObject({ status: 503, body: { error: { field: "redis" } } });
});
