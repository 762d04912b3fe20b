/** Inspections against real nodes and a real Redis. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Inspected, inspect } from "../../../src/core/subject/inspection.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { until } from "../../until.ts";
import { type Cluster, startCluster } from "./cluster.ts";

setDefaultTimeout(60_000);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("every inspection answers of what it applies to", async () => {
  await cluster.check(1, "ann", 2);

  const all = await Promise.all(["redis/main" as const, "node/1" as const].flatMap((component) => shownOf(component)));

  expect(all.filter(({ failed }) => failed !== undefined)).toEqual([]);
  expect(all.map(({ component, id }) => `${component} ${id}`)).toEqual(
    expect.arrayContaining(["redis/main config", "redis/main info", "redis/main write-refusal", "node/1 config"]),
  );
});

test("what Redis says is told in names and numbers", async () => {
  const shown = new Map((await Promise.all(shownOf("redis/main"))).map(({ id, value }) => [id, value]));

  expect(shown.get("config")).toMatchObject({ maxmemory: "0" });
  expect(shown.get("info")).toMatchObject({
    replication: { role: "master", connected_slaves: 0 },
    commandstats: { info: { calls: expect.any(Number) } },
  });
  expect(shown.get("clients")).toMatchObject({ by_host: { "127.0.0.1": expect.any(Number) } });
  expect(shown.get("write-refusal")).toBeNull();
  expect(shown.get("transcript")).toMatchObject({ beginning: "+PONG\r\n", bytes: 7 });
});

test("a refused write is shown in the words of Redis, and nothing is ever written", async () => {
  const before = await cluster.redis.cli("dbsize");

  await cluster.redis.cli("config", "set", "maxmemory", "1", "maxmemory-policy", "noeviction");
  const refused = await Promise.all(shownOf("redis/main"));
  await cluster.redis.cli("config", "set", "maxmemory", "0");

  expect(refused.find(({ id }) => id === "write-refusal")?.value).toMatch(/^OOM /);
  expect(await cluster.redis.cli("dbsize")).toBe(before);
});

test("a node tells the source of each value, its lag and the last error of Redis", async () => {
  await cluster.redis.cli("config", "set", "maxmemory", "1", "maxmemory-policy", "noeviction");
  const seen = async () => new Map((await Promise.all(shownOf("node/1"))).map(({ id, value }) => [id, value]));
  await until(async () => JSON.stringify((await seen()).get("state")).includes("OOM"));
  await cluster.redis.cli("config", "set", "maxmemory", "0");

  const shown = await seen();

  expect(shown.get("config")).toMatchObject({ limit: 10, sources: { limit: "start" } });
  expect(shown.get("state")).toMatchObject({
    event_loop_lag_seconds: expect.any(Number),
    last_redis_error: { message: expect.stringContaining("OOM") },
  });
  expect(shown.get("transcript")).toMatchObject({ beginning: expect.stringContaining("HTTP/1.1 200") });
});

function shownOf(component: ComponentId): Promise<Inspected>[] {
  const how = { atMs: Date.now(), signal: AbortSignal.timeout(5000) };
  return cluster.session.inspections
    .filter(({ appliesTo }) => appliesTo(component))
    .map((inspection) => inspect(inspection, component, how));
}
