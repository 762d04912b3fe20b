import { describe, expect, test } from "bun:test";
import type { RedisPrimary } from "../../../../src/subjects/ratelimiter/client/redis-primaries.ts";
import { isRetired } from "../../../../src/subjects/ratelimiter/retired.ts";
import { judge, said } from "../judge.ts";
import { type Change, HEALTH, NOW_MS, node, observation, REDIS, read } from "../observations.ts";

const GONE = "127.0.0.1:7001";
const FAILURE = { failed: "nothing listens there (ECONNREFUSED)", outcome: "refused", word: "ECONNREFUSED" } as const;

function primary(port: number, change: Partial<RedisPrimary> = {}): RedisPrimary {
  const address = `127.0.0.1:${port}`;
  const all = { component: `redis/${address}`, address, keysRatio: 1 / 3, hasRegister: port === 7000 } as const;
  return { ...all, slotsAssigned: 16_384, clockOffsetMs: 0, ...change };
}

/** A Redis of three primaries, with parts of the second changed. */
function cluster(change: Partial<RedisPrimary> = {}): NonNullable<Change["redis"]> {
  return read({ ...REDIS, primaries: [primary(7000), primary(7001, change), primary(7002)] });
}

/** Three nodes, of which so many decide without the second primary. */
function nodes(without: number) {
  const alone = { ...HEALTH, redisConnected: false, trouble: "ECONNREFUSED", primariesAlone: [GONE] } as const;
  return ["1", "2", "3"].map((id) => node(id, { health: read(Number(id) <= without ? alone : HEALTH) }));
}

describe("redis-connected on a Cluster", () => {
  test("names the primary that is gone and its share of the keys, and nobody else", () => {
    const judgements = judge("redis-connected", observation({ nodes: nodes(3), redis: cluster({ failure: FAILURE }) }));

    expect(said(judgements, `redis/${GONE}`)).toMatchObject({
      on: `redis/${GONE}`,
      verdict: "violated",
      reason: "refused",
      word: "ECONNREFUSED",
      summary: expect.stringContaining("33 % of the keys"),
    });
    expect(said(judgements, "node/1")).toMatchObject({ on: `redis/${GONE}`, verdict: "violated" });
    for (const entity of ["redis/main", "redis/127.0.0.1:7000", "redis/127.0.0.1:7002"] as const) {
      expect(said(judgements, entity)).toMatchObject({ on: entity, verdict: "holds" });
    }
  });

  test("blames a primary that answers the observer and serves no node", () => {
    const judgements = judge("redis-connected", observation({ nodes: nodes(3), redis: cluster() }));

    expect(said(judgements, `redis/${GONE}`)).toMatchObject({ verdict: "violated", reason: "serves-no-node" });
  });

  test("blames the node that alone decides without a primary", () => {
    const judgements = judge("redis-connected", observation({ nodes: nodes(1), redis: cluster() }));

    expect(said(judgements, "node/1")).toMatchObject({
      on: "node/1",
      verdict: "violated",
      reason: "node-cut-off",
      summary: expect.stringContaining(`33 % of the keys without redis/${GONE}`),
    });
    expect(said(judgements, `redis/${GONE}`).verdict).toBe("holds");
    expect(said(judgements, "node/2").verdict).toBe("holds");
  });

  test("counts the slots that no primary serves", () => {
    const judgements = judge("redis-connected", observation({ redis: cluster({ slotsAssigned: 16_381 }) }));

    expect(said(judgements, "redis/main")).toMatchObject({
      verdict: "violated",
      reason: "slots-not-served",
      summary: expect.stringContaining("3 of 16384 slots"),
    });
  });

  test("forgets a primary that has become a replica", () => {
    const now = observation({ redis: cluster() });

    expect(isRetired("redis/127.0.0.1:7009", now)).toBe(true);
    expect(isRetired(`redis/${GONE}`, now)).toBe(false);
    expect(isRetired("redis/main", now)).toBe(false);
  });
});

describe("clock-agreement on a Cluster", () => {
  const rows = (offsetMs: number) =>
    read({ rows: ["1", "2", "3"].map((id) => ({ id, heartbeatAgeMs: 100, clockOffsetMs: offsetMs })), unreadable: 0 });
  const verdictsOf = (change: Change) =>
    judge("clock-agreement", observation(change)).map(({ entity, verdict, reason }) => [entity, verdict, reason]);
  const NODES_AGREE = ["1", "2", "3"].map((id) => [`node/${id}`, "holds", "agrees"]);

  test("names the primary whose clock is off", () => {
    expect(verdictsOf({ redis: cluster({ clockOffsetMs: -9000 }), register: rows(0) })).toEqual([
      ...NODES_AGREE,
      ["redis/127.0.0.1:7000", "holds", "agrees"],
      [`redis/${GONE}`, "violated", "clock-off"],
      ["redis/127.0.0.1:7002", "holds", "agrees"],
    ]);
  });

  test("names Redis and no node where Redis is off, which all nodes are told to differ from", () => {
    const off = {
      component: "redis/main",
      address: GONE,
      keysRatio: 1,
      hasRegister: true,
      clockOffsetMs: 9000,
    } as const;

    expect(verdictsOf({ redis: read({ ...REDIS, primaries: [off] }), register: rows(-9000) })).toEqual([
      ...NODES_AGREE,
      ["redis/main", "violated", "clock-off"],
    ]);
  });

  test("names a primary whose clock has stepped, for a while, and calls none of its keys stuck", () => {
    const step = { atMs: NOW_MS - 5000, byMs: -3_600_000 };
    const life = read({ lifeMs: 3_000_000, windowMs: 10_000, primary: `redis/${GONE}` } as const);
    const keys = [{ key: "ann", counters: [], logs: [], life }];

    const stepped = observation({ redis: cluster({ step }), keys });

    expect(said(judge("clock-agreement", stepped), `redis/${GONE}`)).toMatchObject({ reason: "clock-stepped" });
    expect(said(judge("stuck-key", stepped), "counter/ann")).toMatchObject({
      verdict: "unknown",
      reason: "clock-stepped",
    });
    expect(said(judge("stuck-key", observation({ redis: cluster(), keys })), "counter/ann").verdict).toBe("violated");
  });
});
