import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AdmissionLog } from "../../../src/limiter/admissions/admission-log.ts";
import type { RedisFailurePolicy } from "../../../src/limiter/decide/decision.ts";
import { decideByPolicy } from "../../../src/limiter/decide/failure-policy.ts";
import { checkOf } from "../checks.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

function makeNode(policy: RedisFailurePolicy) {
  const log = new AdmissionLog();
  return {
    log,
    decide: (us: number, change = {}) => decideByPolicy(policy, checkOf(change), { log, nowUs: START + us }),
  };
}

test("local allows up to the limit and says when more is free", () => {
  const { decide } = makeNode("local");

  const decisions = [0, 1, 2, 3, 4, SECOND].map((us) => decide(us));

  expect(decisions.map(({ allowed, count }) => [allowed, count])).toEqual([
    [true, 1],
    [true, 2],
    [true, 3],
    [true, 4],
    [true, 5],
    [false, 5],
  ]);
  expect(decisions.at(-1)).toEqual({
    allowed: false,
    limit: 5,
    count: 5,
    retryAfterUs: 9_100_000,
    moreQuotaUs: 9_100_000,
    resetUs: 9_100_000,
    source: "local",
  });
});

test("local counts what the node was allowed by Redis", () => {
  const { log, decide } = makeNode("local");
  log.add(checkOf({ cost: 4 }), 0, START);

  expect([decide(1).allowed, decide(2).allowed]).toEqual([true, false]);
});

test("local says how long a cost has to wait, and a window for one above the limit", () => {
  const { decide } = makeNode("local");
  decide(0, { cost: 2 });
  decide(SECOND, { cost: 3 });

  const waits = [1, 2, 3, 5, 6].map((cost) => decide(2 * SECOND, { cost }).retryAfterUs);

  expect(waits).toEqual([8_100_000, 8_100_000, 9_100_000, 9_100_000, 10_000_000]);
});

test("local continues the epoch in which the rule was last decided", () => {
  const { log, decide } = makeNode("local");
  log.add(checkOf(), 7, START);

  decide(1);
  decide(2, { limit: 6 });

  const { series } = log.page({ keys: ["a"], limit: 0 }, START + 2);
  expect(series.map(({ limit, epochUs, buckets }) => [limit, epochUs, buckets.length])).toEqual([
    [5, 7, 1],
    [6, 0, 1],
  ]);
});

test("local never allows one node more than the limit in any window", () => {
  const steps = fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 3 * SECOND }), cost: fc.integer({ min: 1, max: 3 }) }),
  );
  fc.assert(
    fc.property(steps, (raw) => {
      const { decide } = makeNode("local");
      let us = 0;

      const allowed = raw.flatMap(({ gap, cost }) => (decide((us += gap), { cost }).allowed ? [{ us, cost }] : []));

      for (const { us: end } of allowed) {
        const units = allowed.filter(({ us }) => us <= end && us >= end - 10 * SECOND);
        expect(units.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(5);
      }
    }),
  );
});

test("open allows everything and logs it; closed denies everything and logs nothing", () => {
  const open = makeNode("open");
  const closed = makeNode("closed");

  const decisions = [0, 1, 2, 3, 4, 5, 6].map((us) => [open.decide(us), closed.decide(us)] as const);

  expect(decisions.map(([one]) => [one.allowed, one.count])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((count) => [true, count]),
  );
  expect(decisions.every(([, other]) => !other.allowed && other.retryAfterUs === SECOND)).toBe(true);
  expect([open.log.size, closed.log.size]).toEqual([1, 0]);
});

test("a check of any cost is one entry of the node's own log", () => {
  for (const policy of ["local", "open"] as const) {
    const { log, decide } = makeNode(policy);

    for (let us = 0; us < 5; us++) decide(us * SECOND, { limit: 1_000_000_000, cost: 1_000_000 });

    expect(log.leaving("a", { windowUs: 10 * SECOND, nowUs: START + 5 * SECOND })).toHaveLength(5);
  }
});
