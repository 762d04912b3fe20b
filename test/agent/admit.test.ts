import { expect, test } from "bun:test";
import { admitConclusion } from "../../src/agent/admit.ts";
import type { Evidence } from "../../src/core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import { type CheckedClaim, type Hypothesis, isRuledOut } from "../../src/core/diagnosis/hypothesis.ts";
import type { LookRecord } from "../../src/core/system/timeline.ts";

const NOW: LookRecord = {
  picture: {
    atMs: 0,
    components: [{ id: "lamp/2", kind: "lamp", state: "down", probe: "refused" }],
    links: [],
    series: [],
  },
  judgements: [],
};

test("admitConclusion() strikes a claim that is false, whatever the engine says of it, and shows it ruled out", () => {
  const { cause, confidence } = admit(crash([says("state", "down"), says("probe", "timed-out")]));

  expect(cause?.verdict).toBe("likely");
  expect(confidence).toBe(0.7);
  expect(cause?.claims.filter(isRuledOut)).toMatchObject([{ outcome: "false", figure: 'lamp/2 probe is "refused"' }]);
});

test("admitConclusion() sets aside a cause that its claims do not carry", () => {
  const { cause, options, confidence } = admit(crash([says("state", "up")]));

  expect(cause).toBeUndefined();
  expect(confidence).toBe(0.3);
  expect(options[0]).toMatchObject({ verdict: "inconclusive", rejectedBecause: "Its claims do not support it" });
});

test("admitConclusion() keeps what the evidence bears out, and weighs what was rejected, too", () => {
  const rejected = { ...crash([says("state", "up")]), mechanism: "hang", rejectedBecause: "It is gone" } as const;

  const { cause, options } = admit(crash([says("state", "down"), says("probe", "refused")]), [rejected]);

  expect(cause?.verdict).toBe("confirmed");
  expect(options).toMatchObject([{ verdict: "inconclusive", rejectedBecause: "It is gone" }]);
});

test("admitConclusion() refuses what is no conclusion", () => {
  expect(() => admitConclusion({ engine: "chatty", text: "It is DNS" }, evidence(), () => true)).toThrow();
});

test("admitConclusion() sets aside a cause that can bring about none of the tickets", () => {
  const { cause, options, confidence } = admit(crash([says("state", "down"), says("probe", "refused")]), [], false);

  expect(cause).toBeUndefined();
  expect(confidence).toBe(0.3);
  expect(options).toMatchObject([{ verdict: "inconclusive", rejectedBecause: "It cannot cause any of the tickets" }]);
});

function admit(cause: Hypothesis, options: Conclusion["options"] = [], accounts = true): Conclusion {
  const empty = { timeline: [], affected: [], propagation: [], unknowns: [] };
  return admitConclusion(
    { ...empty, engine: "boastful", atMs: 0, observation: "", cause, options, confidence: 1 },
    evidence(),
    () => accounts,
  );
}

/** What an engine may write down: every claim true, and confirmed. */
function crash(claims: readonly CheckedClaim[]): Hypothesis {
  return { component: "lamp/2", mechanism: "crash", summary: "It burnt out", claims, verdict: "confirmed" };
}

function says(path: string, value: string): CheckedClaim {
  const predicate = { kind: "state-is", component: "lamp/2", path, comparison: "is", value } as const;
  return { side: "for", predicate, outcome: "true", figure: "Believe me", persistent: true };
}

function evidence(): Evidence {
  return { now: NOW, timeline: [], series: [] };
}
