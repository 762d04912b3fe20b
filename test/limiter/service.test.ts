import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { Decider } from "../../src/limiter/decide/decision.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { MemoryDecider } from "./memory-decider.ts";
import { startService, type TestService } from "./services.ts";

setDefaultTimeout(60_000);

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());
beforeEach(() => redis.cli("flushall"));

test("startLimiter() serves on a free port and registers the node", async () => {
  await using node = await start(1, { nodes: "1,2" });

  expect(await node.get("/health")).toMatchObject({ status: "ok", node: 1 });
  expect(await node.get("/api/nodes")).toMatchObject({
    nodes: [
      { id: 1, state: "ready", address: `127.0.0.1:${node.service.port}` },
      { id: 2, state: "missing" },
    ],
  });
});

test("startLimiter() registers the address that others expect it at", async () => {
  await using node = await start(1, { nodes: "1=limiter.example:80" });

  expect(await node.get("/api/nodes")).toMatchObject({ nodes: [{ address: "limiter.example:80" }] });
});

test("a limit, a block and a rollout made on one node are enforced by another", async () => {
  await using one = await start(1);
  await using two = await start(2);

  await one.call("PUT", "/api/limits/a", { limit: 7 });
  await one.call("PUT", "/api/blocks/b");
  await one.call("PUT", "/api/config", { limit: 50 });

  await until(async () => Object(await check(two, "a")).limit === 7);
  await until(async () => Object(await check(two, "b")).blocked === true);
  await until(async () => Object(await check(two, "c")).limit === 50);

  await one.call("DELETE", "/api/limits/a");
  await until(async () => Object(await check(two, "a")).limit === 50);
});

test("a rollout to one node leaves the others alone, and shows in the register", async () => {
  await using one = await start(1);
  await using two = await start(2);

  await one.call("PUT", "/api/config?node=2", { algorithm: "gcra" });

  await until(async () => Object(await two.get("/api/config")).algorithm === "gcra");
  expect(await one.get("/api/config")).toMatchObject({ algorithm: "sliding-window" });
  await until(async () => {
    const { nodes } = Object(await one.get("/api/nodes"));
    return nodes[0].config_hash !== nodes[1].config_hash;
  });
});

test("nodes allow no more than the limit between them, and take up a reset and a new limit of any node", async () => {
  await using one = await start(1, { limit: 3 });
  await using two = await start(2, { limit: 3 });

  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => check(i % 2 ? one : two, "a")));
  expect(answers.filter((answer) => Object(answer).allowed)).toHaveLength(3);
  expect(await two.get("/api/blocks")).toMatchObject({ at_limit: [{ key: "a", count: 3, remaining: 0 }] });
  expect(await one.get("/api/blocks")).toEqual(await two.get("/api/blocks"));

  await one.call("POST", "/api/counters/a/reset");
  await until(async () => Object(await check(two, "a")).allowed);

  await one.call("PUT", "/api/limits/a", { limit: 1000 });
  await until(async () => Object(await check(two, "a")).allowed);
  expect(await two.get("/api/counters/a")).toMatchObject({ limit: 1000, source: "redis" });
});

test("a change or a reset on one node lets every node forget what it cached, and obey the reset", async () => {
  const deciders = [new MemoryDecider(), new MemoryDecider()] as const;
  await using one = await start(1, {}, deciders[0]);
  await using _two = await start(2, {}, deciders[1]);

  await one.call("PUT", "/api/limits/a", { limit: 7 });
  await one.call("POST", "/api/counters/b/reset");
  await one.call("PUT", "/api/config", { limit: 9 });

  for (const { forgotten, resets } of deciders) {
    await until(() => ["a", "b"].every((key) => forgotten.includes(key)) && forgotten.at(-1) === undefined);
    expect(resets).toEqual(["b"]);
  }
});

test("settings outlive a Redis that restarts empty", async () => {
  await using own = await startRedis();
  await using one = await start(1, { redis: own.url });
  await using two = await start(2, { redis: own.url });
  await one.call("PUT", "/api/limits/a", { limit: 7 });
  await one.call("PUT", "/api/limits/gone", { limit: 8 });
  await one.call("DELETE", "/api/limits/gone");

  await own.restart();

  await until(async () => (await own.cli("hget", "ratelimit:{settings}:values", "limit/a")) !== "");
  await using three = await start(3, { redis: own.url });
  await until(async () => Object(await check(three, "a")).limit === 7);
  for (const node of [one, two, three]) {
    await until(async () => Bun.deepMatch({ limits: [{ key: "a" }] }, Object(await node.get("/api/limits"))));
  }
});

test("management by a user without rights to channels works, and says that pushing is off", async () => {
  await redis.cli("acl", "setuser", "app", "reset", "on", ">pw", "~*", "resetchannels", "+@all");
  const url = `redis://app:pw@127.0.0.1:${redis.port}`;
  await using one = await start(1, { redis: url });
  await using two = await start(2, { redis: url });

  const replies = [
    await one.call("PUT", "/api/limits/a", { limit: 7 }),
    await one.call("PUT", "/api/blocks/b"),
    await one.call("PUT", "/api/config", { limit: 50 }),
    await one.call("POST", "/api/counters/c/reset"),
    await one.call("DELETE", "/api/limits/a"),
    await one.call("DELETE", "/api/blocks/b"),
  ];

  const off = { status: 200, body: { push: "off", push_reason: "NOPERM" } };
  expect(replies).toMatchObject([off, off, off, off, off, off]);
  expect(await one.get("/health")).toMatchObject({ status: "ok", settings_push: "NOPERM" });
  await until(async () => Object(await check(two, "c")).limit === 50);
});

test("a node that starts without Redis serves, refuses management, and comes back by itself", async () => {
  await using own = await startRedis();
  await own.kill();
  await using node = await start(1, { redis: own.url });

  expect(await check(node, "a")).toMatchObject({ allowed: false, degraded: true, reason: "no-register" });
  expect(await node.call("PUT", "/api/limits/a", { limit: 5 })).toMatchObject({
    status: 503,
    body: { error: { field: "redis" } },
  });

  await own.restart();
  await until(async () => (await node.call("PUT", "/api/limits/a", { limit: 5 })).status === 200);
  await until(async () => Object(await node.get("/api/nodes")).nodes?.length === 1);
  await until(async () => (await node.call("GET", "/ready")).status === 200);
});

test("a node tells of the others while writes to Redis are paused, and stops in time while Redis hangs", async () => {
  await using own = await startRedis();
  const node = await start(1, { redis: own.url });

  await own.cli("client", "pause", "60000", "write");
  expect(await node.get("/api/nodes")).toMatchObject({ nodes: [{ id: 1 }] });
  await own.cli("client", "unpause");

  own.hang();
  expect(await node.call("PUT", "/api/limits/a", { limit: 5 })).toMatchObject({ status: 503 });
  await node.service.stop();
  own.resume();
});

test("stopping finishes what runs, leaves the register and frees the port", async () => {
  const decider = new MemoryDecider();
  const gate = Promise.withResolvers<void>();
  const decide = decider.check.bind(decider);
  let running = false;
  decider.check = async (request) => {
    running = true;
    await gate.promise;
    return decide(request);
  };
  const stopper = new AbortController();
  const node = await startService({ flags: { node: 1, redis: redis.url }, decider, signal: stopper.signal });
  const answer = check(node, "a");
  await until(() => running);

  stopper.abort();
  await until(async () => (await redis.cli("exists", "ratelimit:{registry}:node/1")) === "0");
  gate.resolve();

  expect(await answer).toMatchObject({ allowed: true });
  await node.service.closed;
  await expect(node.get("/health")).rejects.toThrow();
});

test("startLimiter() with a signal that is aborted already stops at once", async () => {
  const node = await startService({
    flags: { node: 1, redis: redis.url },
    decider: new MemoryDecider(),
    signal: AbortSignal.abort(),
  });

  await node.service.closed;
});

test("startLimiter() says which port is taken, and leaves nothing open", async () => {
  await using first = await start(1);
  const { port } = first.service;

  await expect(start(2, { port })).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}, expected a free port`);
});

test("a served node tells its figures, Redis among them", async () => {
  await using node = await start(1);
  await check(node, "a");

  const page = await (await fetch(`${node.service.url}/metrics`)).text();

  expect(page).toContain('ratelimiter_requests_total{result="allowed"} 1\n');
  expect(page).toContain("ratelimiter_active_keys 1\n");
  expect(page).toContain('ratelimiter_degraded{reason="silent"} 0\n');
  expect(page).toMatch(/^ratelimiter_redis_duration_seconds_count [1-9]/m);
});

test("any key survives the way through the address of a request", async () => {
  await using node = await start(1);
  const keys = ["a/b", "100%", "ü€😀", "a b?c#d", '"quoted"', "%2F", "a\\b", "\n"];

  for (const key of keys) {
    const { body } = await node.call("PUT", `/api/limits/${encodeURIComponent(key)}`, { limit: 5 });

    expect(body).toMatchObject({ key });
    expect(await check(node, key)).toMatchObject({ limit: 5 });
  }
});

function start(node: number, flags: Record<string, unknown> = {}, decider?: Decider): Promise<TestService> {
  return startService({ flags: { node, redis: redis.url, ...flags }, ...(decider && { decider }) });
}

async function check(node: TestService, key: string): Promise<unknown> {
  return (await node.call("POST", "/check", { key })).body;
}
