import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("GET /api/config shows what is in force, where it comes from and its hash", async () => {
  const { send } = makeNode();

  expect((await send("GET", "/api/config")).body).toEqual({
    node: 2,
    algorithm: "sliding-window",
    limit: 3,
    window_ms: 60_000,
    on_redis_failure: "local",
    local_overlap: 1,
    sources: {
      algorithm: "start",
      limit: "start",
      window_ms: "start",
      on_redis_failure: "start",
      local_overlap: "start",
    },
    config_hash: expect.stringMatching(/^[0-9a-f]{12}$/),
    version: 0,
    unreadable_settings: 0,
    callers: { rules: true, max_limit: 100_000, max_window_ms: 86_400_000, max_cost: 10_000 },
    http: { allowed_hosts: [], max_connections: 4000, idle_timeout_ms: 75_000 },
  });
});

test("GET /api/config tells the bounds of callers and of connections as they were set", async () => {
  const flags = {
    perCallRules: false,
    maxLimit: 5,
    maxWindow: "1s",
    maxCost: 2,
    maxConnections: 9,
    idleTimeout: "9s",
    allowedHosts: "a.b",
  };

  expect((await makeNode(flags).send("GET", "/api/config")).body).toMatchObject({
    callers: { rules: false, max_limit: 5, max_window_ms: 1000, max_cost: 2 },
    http: { allowed_hosts: ["a.b"], max_connections: 9, idle_timeout_ms: 9000 },
  });
});

test("PUT /api/config rolls out to all nodes or to one, and the later rollout wins", async () => {
  const { send } = makeNode();
  const read = async () => (await send("GET", "/api/config")).body;

  const all = await send("PUT", "/api/config", { body: { limit: 50, algorithm: "gcra" } });
  expect(all.body).toEqual({ rolled_out_to: "all", limit: 50, algorithm: "gcra", version: 1 });
  expect(await read()).toMatchObject({ limit: 50, algorithm: "gcra", sources: { limit: "all", window_ms: "start" } });

  await send("PUT", "/api/config?node=3", { body: { limit: 1 } });
  expect(await read()).toMatchObject({ limit: 50 });

  await send("PUT", "/api/config?node=2", { body: { limit: 60 } });
  expect(await read()).toMatchObject({ limit: 60, sources: { limit: "node" } });

  await send("PUT", "/api/config", { body: { limit: 70 } });
  expect(await read()).toMatchObject({ limit: 70, sources: { limit: "all" } });
});

test("PUT /api/config takes back what GET answers, from another node of the same start, too", async () => {
  const { send } = makeNode({ limit: 7, window: "9s", algorithm: "gcra" });
  const other = makeNode({ node: 3 });
  const { body: answered } = await send("GET", "/api/config");
  await send("PUT", "/api/config", { body: { limit: 50, algorithm: "fixed-window" } });

  const put = await send("PUT", "/api/config", { body: answered });
  const elsewhere = await other.send("PUT", "/api/config", { body: answered });

  expect(put).toMatchObject({ status: 200, body: { rolled_out_to: 2, limit: 7, window_ms: 9000, algorithm: "gcra" } });
  expect((await send("GET", "/api/config")).body).toMatchObject({ limit: 7, window_ms: 9000, algorithm: "gcra" });
  expect(elsewhere).toMatchObject({ status: 200, body: { rolled_out_to: 2 } });
});

test("PUT /api/config takes null for a field that is absent", async () => {
  const { send } = makeNode();

  const put = await send("PUT", "/api/config", { body: { limit: 8, window_ms: null, algorithm: null, node: null } });

  expect(put.body).toEqual({ rolled_out_to: "all", limit: 8, version: 1 });
});
