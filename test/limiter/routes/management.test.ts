import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { makeNode } from "../test-node.ts";

describe("counters", () => {
  test("GET /api/counters pages by prefix and cursor", async () => {
    const { send } = makeNode();
    for (const key of ["a:1", "a:2", "a:3", "b:1"]) await send("POST", "/check", { body: { key } });

    const first = await send("GET", "/api/counters?prefix=a:&limit=2");
    const second = await send("GET", "/api/counters?prefix=a:&limit=2&cursor=a:2");

    expect(first.body).toMatchObject({ counters: [{ key: "a:1" }, { key: "a:2" }], cursor: "a:2" });
    expect(second.body).toMatchObject({ counters: [{ key: "a:3" }], cursor: "" });
  });

  test("GET /api/counters/{key} shows count, limit and source", async () => {
    const { send } = makeNode();
    await send("POST", "/check", { body: { key: "a", cost: 2 } });

    expect((await send("GET", "/api/counters/a")).body).toEqual({
      key: "a",
      count: 2,
      limit: 3,
      remaining: 1,
      window_ms: 60_000,
      algorithm: "sliding-window",
      source: "redis",
    });
  });

  test("GET /api/counters/{key} shows 0 for a key that nobody asked for, by its own limit", async () => {
    const { decider, send } = makeNode();
    await send("PUT", "/api/limits/a", { body: { limit: 9 } });
    decider.connected = false;

    const { status, body } = await send("GET", "/api/counters/a");

    expect({ status, body }).toMatchObject({ status: 200, body: { count: 0, limit: 9, source: "local" } });
  });

  test("POST /api/counters/{key}/reset forgets the count, whether there was one or not, and tells every cache", async () => {
    const { decider, send } = makeNode();
    await send("POST", "/check", { body: { key: "a" } });

    const reset = await send("POST", "/api/counters/a/reset");
    const nothing = await send("POST", "/api/counters/never/reset");

    expect(reset).toMatchObject({ status: 200, body: { key: "a", reset: true } });
    expect(nothing.status).toBe(200);
    expect(await decider.counter("a")).toBeUndefined();
    expect(decider.forgotten).toEqual(["a", "never"]);
  });
});

describe("limits", () => {
  test("PUT, GET and DELETE /api/limits set, list and remove the limit of a key", async () => {
    const { send } = makeNode();

    const put = await send("PUT", "/api/limits/a", { body: { limit: 5, window_ms: 1000 } });
    await send("PUT", "/api/limits/b", { body: { limit: 6 } });
    const listed = await send("GET", "/api/limits");
    const deleted = await send("DELETE", "/api/limits/a");
    const again = await send("DELETE", "/api/limits/a");

    expect(put.body).toEqual({ key: "a", limit: 5, window_ms: 1000, version: 1 });
    expect(listed.body).toMatchObject({ limits: [{ key: "a" }, { key: "b", limit: 6, window_ms: null }], cursor: "" });
    expect(deleted.body).toEqual({ key: "a", deleted: true });
    expect(again).toMatchObject({ status: 200, body: { key: "a", deleted: false } });
  });

  test("any key survives the way through a path", async () => {
    const { send } = makeNode();
    // Paths lose "." and ".." as segments, encoded or not: no client can send them.
    const key = fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).filter((text) => !/^\.\.?$/.test(text));

    await fc.assert(
      fc.asyncProperty(key, async (text) => {
        const { body } = await send("PUT", `/api/limits/${encodeURIComponent(text)}`, { body: { limit: 5 } });

        expect(body).toMatchObject({ key: text });
      }),
    );
  });
});

describe("blocks", () => {
  test("GET /api/blocks tells keys denied outright from keys at their limit", async () => {
    const { send } = makeNode();
    await send("PUT", "/api/blocks/bad");
    for (let i = 0; i < 4; i += 1) await send("POST", "/check", { body: { key: "busy" } });
    await send("POST", "/check", { body: { key: "calm" } });

    const { body } = await send("GET", "/api/blocks");

    expect(body).toMatchObject({
      blocked: [{ key: "bad", blocked_at: "1970-01-01T00:00:00.000Z" }],
      cursor: "",
      at_limit: [{ key: "busy", remaining: 0 }],
      truncated: false,
    });
  });

  test("DELETE /api/blocks/{key} admits the key again", async () => {
    const { send } = makeNode();
    await send("PUT", "/api/blocks/a");

    const reply = await send("DELETE", "/api/blocks/a");

    expect(reply).toMatchObject({ status: 200, body: { key: "a", blocked: false } });
    expect((await send("POST", "/check", { body: { key: "a" } })).status).toBe(200);
  });
});

describe("configuration", () => {
  test("GET /api/config shows what is in force, where it comes from and its hash", async () => {
    const { send } = makeNode();

    expect((await send("GET", "/api/config")).body).toEqual({
      node: 2,
      algorithm: "sliding-window",
      limit: 3,
      window_ms: 60_000,
      on_redis_failure: "local",
      sources: { algorithm: "start", limit: "start", window_ms: "start", on_redis_failure: "start" },
      config_hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      version: 0,
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
});

describe("nodes", () => {
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
});

describe("health", () => {
  test("GET /health is live in every state and names it", async () => {
    const { node, decider, send } = makeNode();
    expect(await send("GET", "/health")).toMatchObject({
      status: 200,
      body: { status: "ok", node: 2, draining: false, degraded: false, redis_connected: true },
    });

    decider.connected = false;
    expect(await send("GET", "/health")).toMatchObject({
      status: 200,
      body: { status: "degraded", degraded: true, degraded_seconds: 1.5 },
    });

    node.draining = true;
    expect(await send("GET", "/health")).toMatchObject({ status: 200, body: { status: "draining", draining: true } });
  });

  test("GET /ready is 503 without Redis or while draining", async () => {
    const { node, decider, send } = makeNode();
    expect(await send("GET", "/ready")).toMatchObject({ status: 200, body: { ready: true, node: 2 } });

    decider.connected = false;
    expect(await send("GET", "/ready")).toMatchObject({ status: 503, body: { error: { field: "redis" } } });

    node.draining = true;
    expect(await send("GET", "/ready")).toMatchObject({ status: 503, body: { error: { field: "node" } } });
  });
});

test("GET /api/admissions shows buckets of the keys named and of the heaviest, and who was denied most", async () => {
  const { node, send } = makeNode();
  for (const key of ["a", "b", "c"]) await send("POST", "/check", { body: { key } });
  for (const key of ["x", "y", "z", "y"]) node.denied.note(key);

  const { body } = await send("GET", "/api/admissions?limit=1&key=c&key=never");

  const series = { limit: 3, window_ms: 60_000, epoch_us: 0, bucket_us: 1000, buckets: [[7, 1]] };
  expect(body).toEqual({
    node: 2,
    redis_time_us: 7000,
    truncated: true,
    checks: 3,
    denied: [["y", 2]],
    series: [
      { key: "a", ...series },
      { key: "c", ...series },
    ],
  });
});

describe("a bearer token", () => {
  const MUTATING = [
    ["PUT", "/api/limits/a", { limit: 1 }],
    ["DELETE", "/api/limits/a", undefined],
    ["PUT", "/api/blocks/a", undefined],
    ["DELETE", "/api/blocks/a", undefined],
    ["PUT", "/api/config", { limit: 5 }],
    ["POST", "/api/counters/a/reset", undefined],
    ["POST", "/api/node/drain", undefined],
    ["POST", "/api/node/undrain", undefined],
  ] as const;

  test.each(MUTATING)("guards %s %s", async (method, path, body) => {
    const { send } = makeNode({ token: "s3cret" });

    const none = await send(method, path, { body });
    const wrong = await send(method, path, { body, headers: { authorization: "Bearer s3cre" } });
    const right = await send(method, path, { body, headers: { authorization: "Bearer s3cret" } });

    expect(none).toMatchObject({ status: 401, body: { error: { field: "authorization" } } });
    expect(none.headers.get("www-authenticate")).toBe("Bearer");
    expect(wrong.status).toBe(401);
    expect(right.status).toBe(200);
  });

  test("is not asked of checks and readings", async () => {
    const { send } = makeNode({ token: "s3cret" });

    expect((await send("POST", "/check", { body: { key: "a" } })).status).toBe(200);
    expect((await send("GET", "/api/limits")).status).toBe(200);
  });
});

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
