import { expect, test } from "bun:test";
import { admitDiagnosis } from "../../src/agent/admit.ts";
import type { EvidencePack } from "../../src/agent/evidence-pack.ts";
import type { Diagnosis } from "../../src/core/diagnosis/diagnosis.ts";
import { type CheckedClaim, type Hypothesis, isStruck } from "../../src/core/diagnosis/hypothesis.ts";
import type { Look } from "../../src/core/system/timeline.ts";

const NOW: Look = {
  picture: {
    atMs: 0,
    components: [{ id: "lamp/2", kind: "lamp", state: "down", probe: "refused" }],
    links: [],
    series: [],
  },
  judgements: [],
};

test("admitDiagnosis() strikes a claim that is false, whatever the engine says of it, and shows it struck", () => {
  const { cause, confidence } = admit(crash([says("state", "down"), says("probe", "timed-out")]));

  expect(cause?.verdict).toBe("likely");
  expect(confidence).toBe(0.7);
  expect(cause?.claims.filter(isStruck)).toMatchObject([{ outcome: "false", figure: 'lamp/2 probe is "refused"' }]);
});

test("admitDiagnosis() sets aside a cause that its claims do not carry, and what was suggested for it", () => {
  const { cause, options, suggestions, confidence } = admit(crash([says("state", "up")]));

  expect(cause).toBeUndefined();
  expect(suggestions).toEqual([]);
  expect(confidence).toBe(0.3);
  expect(options[0]).toMatchObject({ verdict: "inconclusive", rejectedBecause: "Its claims do not carry it" });
});

test("admitDiagnosis() keeps what the evidence bears out, and weighs what was rejected, too", () => {
  const rejected = { ...crash([says("state", "up")]), mechanism: "hang", rejectedBecause: "It is gone" } as const;

  const { cause, options, suggestions } = admit(crash([says("state", "down"), says("probe", "refused")]), [rejected]);

  expect(cause?.verdict).toBe("confirmed");
  expect(suggestions).toHaveLength(1);
  expect(options).toMatchObject([{ verdict: "inconclusive", rejectedBecause: "It is gone" }]);
});

test("admitDiagnosis() refuses what is no diagnosis", () => {
  expect(() => admitDiagnosis({ engine: "chatty", text: "It is DNS" }, pack())).toThrow();
});

function admit(cause: Hypothesis, options: Diagnosis["options"] = []): Diagnosis {
  const suggestions = [{ action: "light", input: {}, risk: "reversible", expectedEffect: "it shines" } as const];
  const empty = { timeline: [], affected: [], propagation: [], unknowns: [] };
  return admitDiagnosis(
    { ...empty, engine: "boastful", atMs: 0, observation: "", cause, options, suggestions, confidence: 1 },
    pack(),
  );
}

/** What an engine may write down: every claim true, and confirmed. */
function crash(claims: readonly CheckedClaim[]): Hypothesis {
  return { component: "lamp/2", mechanism: "crash", summary: "It burnt out", claims, verdict: "confirmed" };
}

function says(path: string, value: string): CheckedClaim {
  const predicate = { kind: "state-is", component: "lamp/2", path, comparison: "is", value } as const;
  return { side: "for", predicate, outcome: "true", figure: "Believe me", standing: true };
}

function pack(): EvidencePack {
  return {
    evidence: { now: NOW, timeline: [], series: [] },
    incident: { id: 1, instance: 1, state: "investigating", title: "", beganAtMs: 0, openedAtMs: 0 },
    tickets: [],
    topology: { components: [], links: [], groups: [] },
    stateChanges: [],
    brokenLinks: [],
    changes: [],
    violations: [],
    blindSpots: [],
    offered: new Map(),
  };
}
