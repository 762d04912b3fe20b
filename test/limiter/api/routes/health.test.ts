import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("GET /health is live in every state and names it", async () => {
  const { node, decider, send } = makeNode();
  expect(await send("GET", "/health")).toMatchObject({
    status: 200,
    body: { status: "ok", node: 2, draining: false, degraded: false, degraded_reason: null, redis_connected: true },
  });

  decider.connected = false;
  decider.reason = "OOM";
  expect(await send("GET", "/health")).toMatchObject({
    status: 200,
    body: {
      status: "degraded",
      degraded: true,
      degraded_reason: "OOM",
      degraded_since: new Date(performance.timeOrigin).toISOString(),
      degraded_seconds: 1.5,
    },
  });

  node.draining = true;
  expect(await send("GET", "/health")).toMatchObject({ status: 200, body: { status: "draining", draining: true } });
});

test("GET /health tells the number of nodes that share a limit, and null while the node does not know it", async () => {
  const [known, unknown] = [makeNode({ nodes: "1,2,3" }), makeNode()];

  expect((await known.send("GET", "/health")).body).toMatchObject({ known_nodes: 3 });
  expect((await unknown.send("GET", "/health")).body).toMatchObject({ known_nodes: null });
});

test("GET /ready is 503 without Redis or while draining", async () => {
  const { node, decider, send } = makeNode();
  expect(await send("GET", "/ready")).toMatchObject({ status: 200, body: { ready: true, node: 2 } });

  decider.connected = false;
  decider.reason = "READONLY";
  expect(await send("GET", "/ready")).toMatchObject({
    status: 503,
    body: { error: { field: "redis", message: "Cannot use node 2: Redis is a read-only replica (READONLY)" } },
  });

  node.draining = true;
  expect(await send("GET", "/ready")).toMatchObject({ status: 503, body: { error: { field: "node" } } });
});

test.each(["GET", "OPTIONS"])(
  "%s /, the check of load balancers that are told nothing, answers as /ready",
  async (method) => {
    const { node, send } = makeNode();
    expect((await send(method, "/")).status).toBe(200);

    node.draining = true;
    expect((await send(method, "/")).status).toBe(503);
  },
);

test("OPTIONS of any other route tells its methods", async () => {
  const reply = await makeNode().send("OPTIONS", "/api/limits/a");

  expect(reply.status).toBe(204);
  expect(reply.headers.get("allow")).toBe("PUT, DELETE");
});
