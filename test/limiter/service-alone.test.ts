/** Whole nodes that lose Redis: what each of them knows of the others decides what it admits. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { startService, type TestService } from "./services.ts";

setDefaultTimeout(60_000);

test("nodes without a list know each other by the register, and share the limit when Redis goes", async () => {
  await using redis = await startRedis();
  await using opened = new AsyncDisposableStack();
  const nodes: TestService[] = [];
  for (const node of [1, 2, 3]) {
    nodes.push(opened.use(await startService({ flags: { node, redis: redis.url, limit: 10, window: "1m" } })));
  }
  await until(async () => (await Promise.all(nodes.map(knownNodes))).every((known) => known === 3));
  await redis.kill();
  await until(async () => (await Promise.all(nodes.map((node) => check(node, "other")))).every(isDegraded));

  const answers = await Promise.all(
    nodes.map((node) => Promise.all(Array.from({ length: 20 }, () => check(node, "fresh")))),
  );

  const allowed = answers.map((some) => some.filter((answer) => answer.allowed).length);
  expect(allowed.toSorted((a, b) => a - b)).toEqual([3, 3, 4]);
  expect(new Set(answers.flat().map(({ reason }) => reason))).toEqual(new Set([undefined, "share"]));
});

test("a node with a list that starts while Redis is away admits nothing for one window, then its share", async () => {
  await using redis = await startRedis();
  await redis.kill();
  const flags = { node: 2, nodes: "1,2,3", redis: redis.url, limit: 9, window: "1h" };
  await using node = await startService({ flags });

  const first = await node.call("POST", "/check", { key: "a" });
  await until(async () => (await check(node, "a", 2000)).allowed);
  const after = await Promise.all(Array.from({ length: 9 }, () => check(node, "b", 2000)));

  expect(first).toMatchObject({ status: 503, body: { degraded: true, reason: "just-started", remaining: 0 } });
  expect(after.filter(({ allowed }) => allowed)).toHaveLength(3);
});

interface Answer {
  readonly allowed: boolean;
  readonly degraded?: boolean;
  readonly reason?: string;
}

/** @param windowMs The node's own by default. */
async function check(node: TestService, key: string, windowMs?: number): Promise<Answer> {
  const { body } = await node.call("POST", "/check", { key, ...(windowMs && { window_ms: windowMs }) });
  return Object(body);
}

async function knownNodes(node: TestService): Promise<unknown> {
  return Object(await node.get("/health")).known_nodes;
}

function isDegraded({ degraded = false }: Answer): boolean {
  return degraded;
}
