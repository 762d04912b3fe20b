import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("GET /api/nodes lists registered nodes with their clocks, and expected ones that are missing", async () => {
  const { send } = makeNode({ nodes: "1=127.0.0.1:8081,2,3" });

  const { body } = await send("GET", "/api/nodes");

  const absent = { version: null, started_at: null, config_hash: null, clock: null, last_heartbeat: null };
  const missing = { state: "missing", expected: true, heartbeat_age_ms: null, ...absent };
  expect(body).toEqual({
    redis_time: "1970-01-01T00:00:05.000Z",
    nodes: [
      { id: 1, address: "127.0.0.1:8081", ...missing },
      {
        id: 2,
        state: "ready",
        expected: true,
        address: "127.0.0.1:8082",
        version: "1.2.3",
        started_at: "1970-01-01T00:00:01.000Z",
        config_hash: expect.any(String),
        clock: {
          node_time: "1970-01-01T00:00:34.500Z",
          redis_time: "1970-01-01T00:00:04.500Z",
          offset_ms: 30_000,
        },
        last_heartbeat: "1970-01-01T00:00:04.500Z",
        heartbeat_age_ms: 500,
      },
      { id: 3, address: null, ...missing },
    ],
    unreadable: 0,
  });
});

test("POST /api/node/drain leaves the register, and undrain rejoins it", async () => {
  const { registry, send } = makeNode();

  const drained = await send("POST", "/api/node/drain");
  expect(drained).toMatchObject({ status: 200, body: { node: 2, state: "draining" } });
  expect(registry.joined).toBe(false);
  expect((await send("GET", "/api/nodes")).body).toMatchObject({ nodes: [{ id: 2, state: "draining" }] });

  const undrained = await send("POST", "/api/node/undrain");
  expect(undrained.body).toEqual({ node: 2, state: "ready" });
  expect(registry.joined).toBe(true);
  expect((await send("POST", "/check", { body: { key: "a" } })).status).toBe(200);
});

test("PUT /api/node/clock makes the node's own clock wrong", async () => {
  const { node, send } = makeNode();

  expect((await send("GET", "/api/node/clock")).body).toEqual({ offset_ms: 0 });
  expect((await send("PUT", "/api/node/clock", { body: { offset_ms: -30_000 } })).body).toEqual({ offset_ms: -30_000 });
  expect(node.clockOffsetMs).toBe(-30_000);
});
