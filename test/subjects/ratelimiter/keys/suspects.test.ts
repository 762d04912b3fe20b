import { expect, test } from "bun:test";
import { blame, type Sighted, seenBy, suspectsOf } from "../../../../src/subjects/ratelimiter/keys/suspects.ts";
import { HEALTH, NOW_MS, node, REDIS, read, SILENT } from "../observations.ts";

function sighted(change: Partial<Sighted> = {}): Sighted {
  return { atMs: NOW_MS, nodes: [node("1"), node("2"), node("3")], redis: read(REDIS), ...change };
}

const BEFORE = seenBy(sighted(), undefined);

test("suspectsOf() finds a node that is or has been without Redis", () => {
  const nodes = [
    node("1", { health: read({ ...HEALTH, redisConnected: false }) }),
    node("2", { health: read({ ...HEALTH, degradedSeconds: 3 }) }),
    node("3", { health: SILENT }),
  ];

  expect(suspectsOf([], BEFORE, sighted({ nodes }))).toEqual([
    { component: "node/1", lastMs: NOW_MS, why: "counted alone" },
    { component: "node/2", lastMs: NOW_MS, why: "counted alone" },
  ]);
});

test("suspectsOf() does not take a node's restart for time without Redis", () => {
  const restarted = node("1", { health: read({ ...HEALTH, startedAtMs: NOW_MS - 10, degradedSeconds: 1 }) });

  expect(suspectsOf([], BEFORE, sighted({ nodes: [restarted] }))).toEqual([]);
});

test("suspectsOf() finds a Redis in whose place another one is, whenever that was started", () => {
  const before = { ...BEFORE, redis: { ...REDIS, address: "127.0.0.1:1" } };
  const moved = sighted({ redis: read({ ...REDIS, address: "127.0.0.1:2", startedAtMs: 1 }) });

  expect(suspectsOf([], before, moved)).toMatchObject([{ component: "redis/main", why: "was replaced" }]);
});

test("suspectsOf() finds a Redis that restarted, evicted keys, was flushed or did not answer", () => {
  const restarted = sighted({ redis: read({ ...REDIS, startedAtMs: NOW_MS }) });
  const evicted = sighted({ redis: read({ ...REDIS, evictedKeys: 4 }) });

  expect(suspectsOf([], BEFORE, restarted)).toMatchObject([{ component: "redis/main", why: "restarted" }]);
  expect(suspectsOf([], BEFORE, evicted)).toMatchObject([{ component: "redis/main", why: "evicted keys" }]);
  expect(suspectsOf([], BEFORE, sighted({ redis: read({ ...REDIS, flushes: 1 }) }))).toMatchObject([
    { component: "redis/main", why: "was flushed" },
  ]);
  expect(suspectsOf([], BEFORE, sighted({ redis: read({ ...REDIS, flushes: undefined }) }))).toEqual([]);
  expect(suspectsOf([], undefined, evicted)).toEqual([]);
  expect(suspectsOf([], undefined, sighted({ redis: SILENT }))).toMatchObject([{ why: "did not answer" }]);
  const refused = { failed: "NOAUTH", outcome: "refused-access" } as const;
  expect(suspectsOf([], undefined, sighted({ redis: refused }))).toEqual([]);
});

test("seenBy() keeps what each said last while it does not answer", () => {
  const silent = sighted({ nodes: [node("1", { health: SILENT })], redis: SILENT });
  const evicted = sighted({ redis: read({ ...REDIS, evictedKeys: 4 }) });

  const seen = seenBy(silent, BEFORE);

  expect(seen).toEqual(BEFORE);
  expect(suspectsOf([], seen, evicted)).toMatchObject([{ component: "redis/main", why: "evicted keys" }]);
});

test("suspectsOf() remembers for a while, each reason once", () => {
  const alone = sighted({ nodes: [node("1", { health: read({ ...HEALTH, redisConnected: false }) })] });
  const known = suspectsOf([], undefined, { ...alone, atMs: NOW_MS - 1000 });

  expect(suspectsOf(known, BEFORE, sighted())).toEqual(known);
  expect(suspectsOf(known, BEFORE, alone)).toEqual([{ component: "node/1", lastMs: NOW_MS, why: "counted alone" }]);
  expect(suspectsOf(known, undefined, sighted({ atMs: NOW_MS + 600_000 }))).toEqual([]);
});

test("blame() takes nobody where nobody is suspected", () => {
  expect(blame([], 0)).toBeUndefined();
});

test("blame() names Redis for what it did itself, a node for what it did alone, and nobody for what several did", () => {
  const suspect = (component: "node/1" | "node/2" | "node/3" | "redis/main") =>
    ({ component, lastMs: NOW_MS, why: "counted alone" }) as const;

  expect(blame([suspect("node/1"), suspect("node/2")], 0)).toBeUndefined();
  expect(blame([suspect("node/1"), suspect("node/2"), suspect("node/3")], 0)).toBeUndefined();
  expect(blame([suspect("node/1"), suspect("redis/main")], 0)).toBe("redis/main");
  expect(blame([suspect("node/1")], 0)).toBe("node/1");
});
