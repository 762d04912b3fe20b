import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("POST /check allows within the limit and tells the quota in body and headers", async () => {
  const { send } = makeNode();

  const reply = await send("POST", "/check", { body: { key: "user:1" } });

  expect(reply.status).toBe(200);
  expect(reply.body).toEqual({
    allowed: true,
    limit: 3,
    current_count: 1,
    remaining: 2,
    retry_after_seconds: 0,
    reset_seconds: 60,
  });
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    "x-ratelimit-limit": "3",
    "x-ratelimit-remaining": "2",
    "x-ratelimit-reset": "60",
    "ratelimit-policy": '"default";q=3;w=60',
    ratelimit: '"default";r=2;t=2',
  });
  expect(reply.headers.has("retry-after")).toBe(false);
});

test("POST /check denies beyond the limit with 429 and a Retry-After that is not before more quota is there", async () => {
  const { node, send } = makeNode({ limit: 1 });
  await send("POST", "/check", { body: { key: "a" } });

  const reply = await send("POST", "/check", { body: { key: "a" } });

  expect(reply.status).toBe(429);
  expect(reply.body).toMatchObject({ allowed: false, remaining: 0, retry_after_seconds: 1.5 });
  expect(reply.headers.get("retry-after")).toBe("2");
  expect(node.metrics.results).toMatchObject({ allowed: 1, limited: 1 });
});

test("POST /check takes cost, limit and window of the request where management set none", async () => {
  const { send } = makeNode();

  const reply = await send("POST", "/check", { body: { key: "a", cost: 5, limit: 10, window_ms: 1500 } });

  expect(reply.body).toMatchObject({ allowed: true, limit: 10, current_count: 5, reset_seconds: 1.5 });
  expect(reply.headers.get("ratelimit-policy")).toBe('"default";q=10;w=2');
});

test("POST /check lets a limit set by management win over that of the request", async () => {
  const { send } = makeNode();
  await send("PUT", "/api/limits/a", { body: { limit: 7 } });
  await send("PUT", "/api/limits/b", { body: { limit: 8, window_ms: 2000 } });

  const a = await send("POST", "/check", { body: { key: "a", limit: 10, window_ms: 1000 } });
  const b = await send("POST", "/check", { body: { key: "b" } });

  expect(a.body).toMatchObject({ limit: 7, reset_seconds: 60 });
  expect(b.body).toMatchObject({ limit: 8, reset_seconds: 2 });
});

test.each([
  ["limit", { limit: 51 }, 50],
  ["window_ms", { window_ms: 2001 }, 2000],
  ["cost", { cost: 8 }, 7],
])("POST /check refuses a %s beyond the bound of callers and names the bound", async (field, asked, max) => {
  const { node, send } = makeNode({ maxLimit: 50, maxWindow: "2s", maxCost: 7 });

  const beyond = await send("POST", "/check", { body: { key: "a", ...asked } });
  const within = await send("POST", "/check", { body: { key: "a", limit: 50, [field]: max } });

  expect(beyond).toMatchObject({
    status: 400,
    body: { error: { field, message: `Cannot use ${field}, expected a whole number from 1 to ${max}` } },
  });
  expect(node.metrics.results.invalid).toBe(1);
  expect(within.status).toBe(200);
});

test.each([
  ["limit", { limit: 1 }],
  ["window_ms", { window_ms: 1 }],
])("POST /check refuses a %s of callers where per-call rules are switched off", async (field, asked) => {
  const { send } = makeNode({ perCallRules: false });

  expect(await send("POST", "/check", { body: { key: "a", ...asked } })).toMatchObject({
    status: 400,
    body: { error: { field, message: expect.stringContaining("accepts no limits from callers") } },
  });
  expect((await send("POST", "/check", { body: { key: "a", cost: 2 } })).status).toBe(200);
});

test("the bounds of callers do not bind an administrator", async () => {
  const { send } = makeNode({ perCallRules: false, maxLimit: 1, maxWindow: "1s", limit: 500_000 });

  const put = await send("PUT", "/api/limits/a", { body: { limit: 1_000_000_000, window_ms: 2_678_400_000 } });
  const config = await send("PUT", "/api/config", { body: { limit: 900_000_000 } });

  expect([put.status, config.status]).toEqual([200, 200]);
  expect((await send("POST", "/check", { body: { key: "a" } })).body).toMatchObject({ limit: 1_000_000_000 });
  expect((await send("POST", "/check", { body: { key: "b" } })).body).toMatchObject({ limit: 900_000_000 });
});

test("POST /check denies a blocked key, whatever its count", async () => {
  const { node, send } = makeNode();
  await send("PUT", "/api/blocks/a");

  const reply = await send("POST", "/check", { body: { key: "a" } });

  expect(reply.status).toBe(429);
  expect(reply.body).toMatchObject({ allowed: false, blocked: true, remaining: 0 });
  expect(reply.headers.get("retry-after")).toBe("60");
  expect(node.metrics.results).toMatchObject({ blocked: 1, limited: 0 });
});

test.each([
  ["local", 200, { allowed: true }],
  ["open", 200, { allowed: true }],
  ["closed", 503, { allowed: false }],
] as const)("POST /check says when policy %s decided in place of Redis", async (policy, status, body) => {
  const { node, decider, send } = makeNode();
  decider.connected = false;
  decider.policy = policy;

  const reply = await send("POST", "/check", { body: { key: "a" } });

  expect(reply).toMatchObject({ status, body: { ...body, degraded: true, source: policy } });
  expect(reply.headers.has("retry-after")).toBe(status === 503);
  expect(node.metrics.sources[policy]).toBe(1);
});

test.each([
  ["share", 429, "limited"],
  ["no-register", 503, "unavailable"],
  ["just-started", 503, "unavailable"],
] as const)("POST /check says that a node alone refuses for %s, and counts it", async (reason, status, result) => {
  const { node, decider, send } = makeNode();
  decider.connected = false;
  decider.withheld = reason;

  const reply = await send("POST", "/check", { body: { key: "a" } });
  const metrics = await send("GET", "/metrics");

  expect(reply).toMatchObject({ status, body: { allowed: false, degraded: true, source: "local", reason } });
  expect(reply.body).toMatchObject({ limit: 3, current_count: 0, remaining: 0 });
  expect(reply.headers.get("retry-after")).toBe("2");
  expect(node.metrics.results[result]).toBe(1);
  expect(metrics.body).toContain(`ratelimiter_withheld_total{reason="${reason}"} 1`);
});

test("POST /check refuses with 503 while the node drains", async () => {
  const { node, send } = makeNode();
  await send("POST", "/api/node/drain");

  const reply = await send("POST", "/check", { body: { key: "a" } });

  expect(reply.status).toBe(503);
  expect(reply.body).toEqual({
    error: { field: "node", message: "Cannot check on node 2: it is draining, expected a ready node" },
  });
  expect(reply.headers.get("retry-after")).toBe("1");
  expect(node.metrics.results.draining).toBe(1);
});

test("POST /check takes null for a field that is absent", async () => {
  const { send } = makeNode();

  const reply = await send("POST", "/check", { body: { key: "a", cost: null, limit: null, window_ms: null } });

  expect(reply).toMatchObject({ status: 200, body: { limit: 3, current_count: 1, reset_seconds: 60 } });
});

test("POST /check takes null for limit and window also where per-call rules are switched off", async () => {
  const { send } = makeNode({ perCallRules: false });

  expect((await send("POST", "/check", { body: { key: "a", limit: null, window_ms: null } })).status).toBe(200);
});
