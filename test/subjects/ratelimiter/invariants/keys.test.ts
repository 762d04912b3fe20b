import { describe, expect, test } from "bun:test";
import type { ComponentId } from "../../../../src/core/words/ids.ts";
import { NO_COUNTER } from "../../../../src/subjects/ratelimiter/keys/counter-life.ts";
import type { KeyReading, Suspect } from "../../../../src/subjects/ratelimiter/observation.ts";
import { type Circumstances, judge, said, verdicts } from "../judge.ts";
import {
  type Change,
  CONFIG,
  counter,
  HEALTH,
  NOW_MS,
  NOW_US,
  node,
  observation,
  read,
  SILENT,
  series,
} from "../observations.ts";

function key(change: Partial<KeyReading> = {}): KeyReading {
  return { key: "ann", counters: [], logs: [], life: read({ lifeMs: 8000, windowMs: 10_000 }), ...change };
}

function counts(...of: readonly ReturnType<typeof counter>[]): KeyReading["counters"] {
  return of.map((value, index) => ({ component: `node/${index + 1}`, counter: read(value) }));
}

describe("counter-drift", () => {
  const driftOf = (change: Partial<KeyReading>) =>
    said(judge("counter-drift", observation({ keys: [key(change)] })), "counter/ann");

  test("holds while all nodes count alike, or nearly so", () => {
    expect(driftOf({ counters: counts(counter(40), counter(44), counter(41)) }).verdict).toBe("holds");
  });

  test("blames the node that counts alone", () => {
    expect(driftOf({ counters: counts(counter(40), counter(40), counter(15, { source: "local" })) })).toMatchObject({
      verdict: "violated",
      on: "node/3",
      evidence: { apart: 25, "node/3": "15 by local" },
    });
  });

  test("blames the node that is away from the middle", () => {
    expect(driftOf({ counters: counts(counter(40), counter(90), counter(40)) }).on).toBe("node/2");
    expect(driftOf({ counters: counts(counter(40), counter(90)) }).on).toBe("cluster/ratelimiter");
  });

  test("blames Redis when every node counts alone", () => {
    const local = { source: "local" } as const;

    expect(driftOf({ counters: counts(counter(40, local), counter(10, local)) })).toMatchObject({
      verdict: "violated",
      on: "redis/main",
    });
  });

  test.each(["open", "closed"])("minds no count that a node does not decide by, because it was told %s", (policy) => {
    const config = read({ ...CONFIG, onRedisFailure: policy });
    const nodes = ["1", "2", "3"].map((id) => node(id, { config }));
    const local = { source: "local" } as const;
    const judged = (...of: readonly ReturnType<typeof counter>[]) =>
      said(judge("counter-drift", observation({ nodes, keys: [key({ counters: counts(...of) })] })), "counter/ann");

    expect(judged(counter(40, local), counter(10, local), counter(0, local)).verdict).toBe("unknown");
    expect(judged(counter(40), counter(40), counter(0, local)).verdict).toBe("holds");
    expect(judged(counter(40), counter(90), counter(0, local)).verdict).toBe("violated");
  });

  test("leaves out what was allowed while the nodes were asked, and what left the window meanwhile", () => {
    const counters = counts(counter(40), counter(70));

    expect(driftOf({ counters, logs: [series({ 0: 30 })] }).verdict).toBe("holds");
    expect(driftOf({ counters, logs: [series({ 100: 30 })] }).verdict).toBe("holds");
    expect(driftOf({ counters, logs: [series({ 50: 30 })] }).verdict).toBe("violated");
  });

  test("leaves out a fixed window that began while the nodes were asked", () => {
    const logs = { missing: [], forgotten: false, fromUs: NOW_US - 20_000, toUs: NOW_US };
    const keys = [
      key({ counters: counts(counter(0), counter(90)), logs: [series({ 50: 90 }, { algorithm: "fixed-window" })] }),
    ];

    // The observation is taken at a whole number of windows.
    expect(said(judge("counter-drift", observation({ keys, logs })), "counter/ann").verdict).toBe("holds");
  });

  test("leaves out what a node that was alone within the window may have reported while the nodes were asked", () => {
    const reported = (lastMs: number, of: readonly ReturnType<typeof counter>[]) => {
      const suspects = [{ component: "node/3", lastMs, why: "counted alone" }] as const;
      const keys = [key({ counters: counts(...of), logs: [series({ 50: 30 })] })];
      return said(judge("counter-drift", observation({ keys, suspects })), "counter/ann").verdict;
    };

    const counted = [counter(40), counter(70)];
    expect(reported(NOW_MS - 10_000, counted)).toBe("holds");
    expect(reported(NOW_MS - 10_001, counted)).toBe("violated");
    expect(reported(NOW_MS, [counter(40), counter(80)])).toBe("violated");
    expect(reported(NOW_MS, [counter(40), counter(70, { source: "local" })])).toBe("violated");
  });

  test("holds of the only node that there is", () => {
    const of = observation({ nodes: [node("1")], keys: [key({ counters: counts(counter(40)) })] });

    expect(said(judge("counter-drift", of), "counter/ann").verdict).toBe("holds");
  });

  test("does not know with fewer than two answers, nor when no node says what it counts", () => {
    const counters = [
      { component: "node/1", counter: read(counter(4)) } as const,
      { component: "node/2", counter: SILENT } as const,
    ];
    const nodes = [node("1", { admissions: SILENT })];

    expect(driftOf({ counters }).verdict).toBe("unknown");
    expect(verdicts(judge("counter-drift", observation({ nodes })))).toEqual({ "cluster/ratelimiter": "unknown" });
  });
});

describe("ghost-allowing", () => {
  const ghostOf = (change: Partial<KeyReading>, of: Change = {}, own: Partial<Circumstances> = {}) =>
    said(judge("ghost-allowing", observation({ ...of, keys: [key(change)] }), own), "counter/ann");

  test("holds up to the limit, over all nodes", () => {
    expect(ghostOf({ logs: [series({ 10: 60 }), series({ 50: 40 })] }).verdict).toBe("holds");
  });

  test("is violated by one unit more within one window", () => {
    expect(ghostOf({ logs: [series({ 10: 60 }), series({ 50: 41 })] })).toMatchObject({
      verdict: "violated",
      on: "cluster/ratelimiter",
      evidence: { units: 101, limit: 100 },
    });
  });

  test("blames who lately counted alone, and the whole where several did, since each may have had its own reason", () => {
    const alone = (component: ComponentId, agoMs: number): Suspect => {
      return { component, lastMs: NOW_MS - agoMs, why: "counted alone" };
    };
    const blamed = (...suspects: readonly Suspect[]) => ghostOf({ logs: [series({ 10: 150 })] }, { suspects }).on;

    expect(blamed(alone("node/2", 15_000))).toBe("node/2");
    expect(blamed(alone("node/1", 0), alone("node/2", 0), alone("node/3", 0))).toBe("cluster/ratelimiter");
    expect(blamed(alone("node/2", 0), alone("node/3", 0))).toBe("cluster/ratelimiter");
    expect(blamed(alone("node/2", 500_000))).toBe("cluster/ratelimiter");
  });

  test("adds up only whole buckets of one window, one epoch, one limit and one algorithm", () => {
    const apart = [series({ 0: 60, 100: 60 })];
    const epochs = [series({ 10: 60 }), series({ 10: 60 }, { epochUs: 5 })];
    const limits = [series({ 10: 60 }), series({ 10: 60 }, { limit: 80 })];
    const algorithms = [series({ 10: 60 }), series({ 10: 60 }, { algorithm: "gcra" })];

    expect([apart, epochs, limits, algorithms].map((logs) => ghostOf({ logs }).verdict)).toEqual(
      Array(4).fill("holds"),
    );
  });

  test("does not dig out what is long past", () => {
    expect(ghostOf({ logs: [series({ 400: 150 })] }).verdict).toBe("holds");
  });

  test("still sees at a look what the look before saw, however rare they are", () => {
    const { keys } = observation();
    if ("failed" in keys) throw new Error(keys.failed);
    const previous = { keys: { value: keys.value, atMs: NOW_MS - 60_000 } };

    expect(ghostOf({ logs: [series({ 400: 150 })] }, {}, { previous }).verdict).toBe("violated");
  });

  test("allows what an algorithm that is meant is known to let through", () => {
    const intended = { algorithm: "gcra" } as const;
    const logs = [series({ 10: 180 }, { algorithm: "gcra" })];

    expect(ghostOf({ logs }, {}, { intended }).verdict).toBe("holds");
    expect(ghostOf({ logs }).verdict).toBe("violated");
  });

  test("takes each fixed window for itself, where such are meant", () => {
    const own = { intended: { algorithm: "fixed-window" } } as const;
    const fixed = (units: Readonly<Record<number, number>>) => series(units, { algorithm: "fixed-window" });

    // The observation is taken at a whole number of windows, each of a hundred buckets.
    expect(ghostOf({ logs: [fixed({ 95: 90, 105: 90 })] }, {}, own).verdict).toBe("holds");
    expect(ghostOf({ logs: [fixed({ 95: 90, 105: 90 })] }).verdict).toBe("violated");
    expect(ghostOf({ logs: [fixed({ 95: 60 }), fixed({ 20: 41 })] }, {}, own)).toMatchObject({
      verdict: "violated",
      evidence: { units: 101, most: 100 },
    });
  });

  test("does not know when a log is missing, unless the others prove it", () => {
    const logs = { missing: ["node/3"] as const, forgotten: false, fromUs: NOW_US, toUs: NOW_US };

    expect(ghostOf({ logs: [series({ 10: 60 })] }, { logs }).verdict).toBe("unknown");
    expect(ghostOf({ logs: [series({ 10: 101 })] }, { logs }).verdict).toBe("violated");
    expect(verdicts(judge("ghost-allowing", observation({ logs })))).toEqual({ "cluster/ratelimiter": "unknown" });
  });
});

describe("stuck-key", () => {
  const stuckOf = (change: Partial<KeyReading>, of: Change = {}) =>
    said(judge("stuck-key", observation({ ...of, keys: [key(change)] })), "counter/ann");

  test("holds of a counter that expires, and of none", () => {
    expect(stuckOf({ counters: counts(counter(5)), logs: [series({ 10: 5 })] }).verdict).toBe("holds");
    expect(stuckOf({ life: read(NO_COUNTER) }).verdict).toBe("holds");
  });

  test.each([
    ["has no expiry", -1, []],
    ["expires in 90000 ms", 90_000, [series({ 1: 5 })]],
    ["still counts 5", 9000, []],
  ])("is violated by a counter that %s", (words, lifeMs, logs) => {
    const judgement = stuckOf({ life: read({ lifeMs, windowMs: 10_000 }), counters: counts(counter(5)), logs });

    expect(judgement).toMatchObject({ verdict: "violated", on: "redis/main" });
    expect(judgement.summary).toContain(words);
  });

  test("judges a counter by the window that it counts in, whatever window is enforced by now", () => {
    const left = read({ lifeMs: 3_000_000, windowMs: 3_600_000 });
    const counters = counts(counter(5, { windowMs: 1000 }));

    expect(stuckOf({ life: left, counters, logs: [series({ 1: 5 })] }).verdict).toBe("holds");
  });

  const STRANGER = { id: "9", heartbeatAgeMs: 1, clockOffsetMs: 0 };

  test.each([
    ["a log is missing", { logs: { missing: ["node/3"] as const, forgotten: false, fromUs: 0, toUs: 0 } }],
    ["a log is not whole", { logs: { missing: [], forgotten: true, fromUs: 0, toUs: 0 } }],
    ["a node is young", { nodes: [node("1", { health: read({ ...HEALTH, startedAtMs: NOW_MS - 5000 }) })] }],
    ["the register is not read", { register: SILENT }],
    ["a stranger is registered", { register: read({ rows: [STRANGER], unreadable: 0 }) }],
    ["a row of the register cannot be read", { register: read({ rows: [], unreadable: 1 }) }],
  ])("does not take a counter for idle when %s", (_why, change) => {
    expect(stuckOf({ counters: counts(counter(5)) }, change).verdict).toBe("holds");
  });

  test("does not know without Redis, or before all keys have been looked at", () => {
    expect(stuckOf({ life: SILENT }).verdict).toBe("unknown");
    const unread = judge("stuck-key", observation({ lasting: SILENT, keys: [key()] }));
    expect(verdicts(unread)).toEqual({ "redis/main": "unknown", "counter/ann": "holds" });
    const searching = read({ keys: [], complete: false, others: 0 });
    expect(verdicts(judge("stuck-key", observation({ lasting: searching })))).toEqual({ "redis/main": "unknown" });
  });
});

describe("hot-key", () => {
  const demand = { perSecond: 200, keyCount: 50 };
  const hotOf = (change: Partial<typeof demand>, perSecond: number) => {
    const heaviest = [{ key: "ann", perSecond }];
    return said(
      judge("hot-key", observation({ keys: [key()], demand: read({ ...demand, ...change, heaviest }) })),
      "counter/ann",
    );
  };

  test("holds of a key that takes its share", () => {
    expect(hotOf({}, 60).verdict).toBe("holds");
  });

  test("is violated by a key that takes most", () => {
    expect(hotOf({}, 140)).toMatchObject({ verdict: "violated", on: "clients/all", evidence: { share: 0.7 } });
  });

  test("does not mind a large share of little traffic, or among few keys", () => {
    expect(hotOf({ perSecond: 10 }, 9).verdict).toBe("holds");
    expect(hotOf({ keyCount: 3 }, 180).verdict).toBe("holds");
  });

  test("holds of an examined key that is not among the heaviest", () => {
    const of = observation({ keys: [key()], demand: read({ ...demand, heaviest: [] }) });

    expect(said(judge("hot-key", of), "counter/ann").verdict).toBe("holds");
  });

  test("does not know where no node says what it was asked", () => {
    expect(verdicts(judge("hot-key", observation({ keys: [key()], demand: SILENT })))).toEqual({
      "clients/all": "unknown",
      "counter/ann": "unknown",
    });
  });
});
