import { describe, expect, test } from "bun:test";
import type { NodeMetrics } from "../../../../src/subjects/ratelimiter/client/node-metrics.ts";
import { judge, said, verdicts } from "../judge.ts";
import { HEALTH, NO_METRICS, node, observation, read, SILENT } from "../observations.ts";

const DEAD = { failed: "no complete answer: ECONNREFUSED", outcome: "refused" } as const;

describe("redis-connected", () => {
  const alone = read({ ...HEALTH, redisConnected: false, degradedSeconds: 4 });

  test("holds when everybody reaches it", () => {
    expect(new Set(Object.values(verdicts(judge("redis-connected", observation()))))).toEqual(new Set(["holds"]));
  });

  test("blames the link when one node alone does not reach it", () => {
    const judgements = judge("redis-connected", observation({ nodes: [node("1"), node("2", { health: alone })] }));

    expect(said(judgements, "redis/main").verdict).toBe("holds");
    expect(said(judgements, "node/2")).toMatchObject({
      verdict: "violated",
      on: "node/2",
      evidence: { observerReaches: true, otherNodesConnected: 1 },
    });
  });

  test("tells a way over which answers come too late from one that is cut", () => {
    const late = read({ ...HEALTH, redisConnected: false, degradedSeconds: 4, redisAnswers: "late" as const });
    const judgements = judge("redis-connected", observation({ nodes: [node("1"), node("2", { health: late })] }));

    expect(said(judgements, "node/2")).toMatchObject({
      reason: "answers-late",
      summary: "Redis does not serve node/2, but serves others; its answers come too late",
    });
  });

  test("blames Redis when neither the observer nor any node reaches it", () => {
    const nodes = [node("1", { health: alone }), node("2", { health: alone })];

    const judgements = judge("redis-connected", observation({ nodes, redis: DEAD }));

    expect(said(judgements, "redis/main")).toMatchObject({ verdict: "violated", evidence: { probe: "refused" } });
    expect(said(judgements, "node/2")).toMatchObject({ verdict: "violated", on: "redis/main" });
  });

  test("blames Redis when it answers the observer and serves no node", () => {
    const nodes = [node("1", { health: alone }), node("2", { health: alone })];

    const judgements = judge("redis-connected", observation({ nodes }));

    expect(said(judgements, "redis/main")).toMatchObject({ verdict: "violated", evidence: { observerReaches: true } });
    expect(said(judgements, "node/1").on).toBe("redis/main");
  });

  test("says that only the observer does not reach it", () => {
    const judgements = judge("redis-connected", observation({ redis: SILENT }));

    expect(said(judgements, "redis/main")).toMatchObject({ verdict: "violated", evidence: { nodesConnected: 3 } });
    expect(said(judgements, "node/1").verdict).toBe("holds");
  });

  test.each([
    ["where it answered last", {}, "127.0.0.1:6379"],
    ["at the primary that Sentinels name", { address: "127.0.0.1:7001" }, "127.0.0.1:7001"],
  ])("says of a Redis that does not answer that it is %s", (_where, asked, address) => {
    const judgement = said(judge("redis-connected", observation({ redis: { ...DEAD, ...asked } })), "redis/main");

    expect(judgement).toMatchObject({
      summary: expect.stringContaining(`redis/main at ${address}:`),
      evidence: { address },
    });
  });

  const REFUSED = { failed: "Redis requires a password (NOAUTH)", outcome: "refused-access", word: "NOAUTH" } as const;

  test("holds of a Redis that refuses the observer and serves nodes, and says so", () => {
    const judgement = said(judge("redis-connected", observation({ redis: REFUSED })), "redis/main");

    expect(judgement).toMatchObject({ verdict: "holds", reason: "connected", word: "NOAUTH" });
    expect(judgement.summary).toContain("refuses the observer: Redis requires a password (NOAUTH)");
  });

  test("names the refusal where Redis refuses everybody", () => {
    const nodes = [node("1", { health: alone }), node("2", { health: alone })];

    const judgement = said(judge("redis-connected", observation({ nodes, redis: REFUSED })), "redis/main");

    expect(judgement).toMatchObject({ verdict: "violated", reason: "refused-access", word: "NOAUTH" });
  });

  const OOM = read({ ...HEALTH, redisConnected: false, trouble: "OOM" as const });

  test.each([
    ["every node", [node("1", { health: OOM }), node("2", { health: OOM })]],
    ["the only node", [node("1", { health: OOM })]],
  ])(
    "blames Redis, and carries its word, where it answers the observer and refuses the checks of %s",
    (_who, nodes) => {
      const judgements = judge("redis-connected", observation({ nodes }));

      const refusal = { verdict: "violated", on: "redis/main", reason: "serves-no-node", word: "OOM" } as const;
      const summary = expect.stringContaining("Redis is out of memory (OOM)");
      expect(said(judgements, "redis/main")).toMatchObject({ ...refusal, summary });
      expect(said(judgements, "node/1")).toMatchObject({ ...refusal, summary });
    },
  );

  test("carries the reason of one node that is cut off", () => {
    const cut = read({ ...HEALTH, redisConnected: false, trouble: "ECONNREFUSED" as const });

    const judgements = judge("redis-connected", observation({ nodes: [node("1"), node("2", { health: cut })] }));

    expect(said(judgements, "node/2")).toMatchObject({ reason: "node-cut-off", on: "node/2", word: "ECONNREFUSED" });
    expect(said(judgements, "node/2").summary).toBe(
      "Redis does not serve node/2, but serves others: nothing listens at the address of Redis (ECONNREFUSED)",
    );
  });

  const decided = (id: string, aloneRatio: number, count = 200): NodeMetrics => ({
    ...NO_METRICS,
    address: `127.0.0.1:810${id}`,
    decided: { count, aloneRatio },
  });

  test.each([
    ["max-clients", "redis/main", "serves-in-part"],
    ["OOM", "redis/main", "serves-in-part"],
    ["WRONGPASS", "node/2", "node-cut-off"],
    ["silent", "node/2", "node-cut-off"],
  ] as const)(
    "says of a node that Redis refuses with %s while it serves others that %s is at fault",
    (trouble, on, reason) => {
      const refused = read({ ...HEALTH, redisConnected: false, degradedSeconds: 4, trouble });

      const judgements = judge("redis-connected", observation({ nodes: [node("1"), node("2", { health: refused })] }));

      expect(said(judgements, "node/2")).toMatchObject({ verdict: "violated", on, reason, word: trouble });
      expect(said(judgements, "redis/main").verdict).toBe("holds");
    },
  );

  test("is violated on a node that says it is connected and decides too many checks without Redis", () => {
    const metrics = read([decided("1", 0.02), decided("2", 0.4), decided("3", 0)]);

    const judgements = judge("redis-connected", observation({ metrics }));

    expect(said(judgements, "node/2")).toMatchObject({
      verdict: "violated",
      on: "node/2",
      reason: "serves-in-part",
      summary: "node/2 decided 40 % of its checks without Redis (threshold 10 %)",
      evidence: { connected: true, aloneRatio: 0.4, otherNodesConnected: 2 },
    });
    for (const entity of ["node/1", "redis/main"] as const) expect(said(judgements, entity).verdict).toBe("holds");
  });

  test("blames a Redis that serves no node fully, whichever of them says that it is connected at this look", () => {
    const metrics = read([decided("1", 0.4), decided("2", 0.6), decided("3", 0.5)]);
    const nodes = [node("1"), node("2"), node("3", { health: alone })];

    const judgements = judge("redis-connected", observation({ metrics, nodes }));

    const summary = expect.stringContaining("serves no node fully: node/2 decided 60 % of its checks without Redis");
    expect(said(judgements, "redis/main")).toMatchObject({ verdict: "violated", reason: "serves-in-part", summary });
    expect(said(judgements, "node/1").on).toBe("redis/main");
  });

  test("concludes nothing from the share of a few checks, nor without metrics", () => {
    const few = judge("redis-connected", observation({ metrics: read([decided("2", 0.8, 5)]) }));
    const none = judge("redis-connected", observation({ metrics: SILENT }));

    for (const judgements of [few, none]) expect(said(judgements, "node/2").verdict).toBe("holds");
  });

  test("does not know of a node that does not answer", () => {
    const judgements = judge("redis-connected", observation({ nodes: [node("1"), node("2", { health: SILENT })] }));

    expect(said(judgements, "node/2")).toMatchObject({ verdict: "unknown", on: "node/2" });
  });
});
