import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AdmissionLog } from "../../../src/limiter/admissions/admission-log.ts";
import { AloneUnits } from "../../../src/limiter/decide/alone/alone-units.ts";
import type { CheckRequest, RedisFailurePolicy } from "../../../src/limiter/decide/decision.ts";
import { decideByPolicy, type OwnKnowledge } from "../../../src/limiter/decide/failure-policy.ts";
import { checkOf } from "../checks.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

/** A node that is the only one, unless its share or what Redis told is given. */
function makeNode(policy: RedisFailurePolicy, known: Partial<OwnKnowledge> = {}) {
  const log = new AdmissionLog();
  const alone = new AloneUnits();
  return {
    log,
    alone,
    decide: (us: number, change: Partial<CheckRequest> = {}) => {
      const request = checkOf(change);
      const own = {
        log,
        alone,
        share: request.limit,
        startsInUs: 0,
        told: undefined,
        nowUs: START + us,
        monotonicUs: START + us,
        ...known,
      };
      return decideByPolicy(policy, request, own);
    },
  };
}

/** What Redis told at the start, for a window that begins then. */
function toldAtStart(count: number) {
  return { count, untilUs: START + 10 * SECOND };
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
    remaining: 0,
    retryAfterUs: 9_000_005,
    moreQuotaUs: 9_000_005,
    resetUs: 9_000_005,
    source: "local",
  });
});

test("local admits within what the limit leaves of the last count that Redis told, until none of that counts", () => {
  const { decide } = makeNode("local", { told: toldAtStart(4) });

  const decisions = [1, 2, 10 * SECOND - 1, 10 * SECOND, 10 * SECOND].map((us) => decide(us));

  expect(decisions.map(({ allowed, count, withheld }) => [allowed, count, withheld])).toEqual([
    [true, 5, undefined],
    [false, 5, undefined],
    [false, 5, undefined],
    [true, 2, undefined],
    [true, 3, undefined],
  ]);
  expect(decisions[1]?.retryAfterUs).toBe(10 * SECOND - 2);
});

test("local admits within the share, and says what it keeps back", () => {
  const { decide } = makeNode("local", { share: 2 });

  const decisions = [0, 1, 2].map((us) => decide(us));

  expect(decisions.map(({ allowed, count, remaining, withheld }) => [allowed, count, remaining, withheld])).toEqual([
    [true, 1, 1, undefined],
    [true, 2, 0, undefined],
    [false, 2, 0, "share"],
  ]);
  expect(decisions[2]).toMatchObject({ retryAfterUs: 10 * SECOND, moreQuotaUs: 10 * SECOND });
  expect(decide(10 * SECOND + 2).allowed).toBe(true);
});

test("local refuses a cost above the share, and lets it ask again soon", () => {
  const { decide } = makeNode("local", { share: 2 });

  expect(decide(0, { cost: 3 })).toMatchObject({
    allowed: false,
    remaining: 2,
    withheld: "share",
    retryAfterUs: SECOND,
  });
  expect(decide(0, { cost: 6 })).toMatchObject({ allowed: false, retryAfterUs: 10 * SECOND });
});

test("local says `share` only where the limit would allow the cost", () => {
  const { decide } = makeNode("local", { share: 2, told: toldAtStart(3) });

  const decisions = [decide(0), decide(0), decide(0)];

  expect(decisions.map(({ allowed, withheld }) => [allowed, withheld])).toEqual([
    [true, undefined],
    [true, undefined],
    [false, undefined],
  ]);
});

test.each([
  ["no-register", SECOND],
  ["just-started", 7 * SECOND],
] as const)("local admits nothing without a share, says %s, and when to ask again", (share, retryAfterUs) => {
  const { decide, log } = makeNode("local", { share, startsInUs: 7 * SECOND });

  expect(decide(0)).toMatchObject({ allowed: false, count: 0, remaining: 0, withheld: share, retryAfterUs });
  expect(log.size).toBe(0);
});

test("local tells no time that is longer than the window", () => {
  const { decide } = makeNode("local", { share: 1 });

  const [allowed, denied] = [decide(0), decide(0)];

  expect([allowed.moreQuotaUs, allowed.resetUs]).toEqual([10 * SECOND, 10 * SECOND]);
  expect([denied.retryAfterUs, denied.moreQuotaUs, denied.resetUs]).toEqual([10 * SECOND, 10 * SECOND, 10 * SECOND]);
});

test("local says how long a cost has to wait, and a window for one above the limit", () => {
  const { decide } = makeNode("local");
  decide(0, { cost: 2 });
  decide(SECOND, { cost: 3 });

  const waits = [1, 2, 3, 5, 6].map((cost) => decide(2 * SECOND, { cost }).retryAfterUs);

  expect(waits).toEqual([8_000_001, 8_000_001, 9_000_001, 9_000_001, 10_000_000]);
});

test("local continues the epoch of the counter of the window, whatever the limit", () => {
  const { log, decide } = makeNode("local");
  log.add(checkOf(), 7, START);

  decide(1);
  decide(2, { limit: 6 });
  decide(2, { windowMs: 500 });

  const { series } = log.page({ keys: ["a"], limit: 0 }, START + 2);
  expect(series.map(({ limit, epochUs, buckets }) => [limit, epochUs, buckets.length])).toEqual([
    [5, 7, 1],
    [6, 7, 1],
    [5, 0, 1],
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
