import { expect, test } from "bun:test";
import { type Evidence, evaluateClaim, wordsOf } from "../../../../src/core/diagnosis/claims/mod.ts";

const DARK = { kind: "verdict-is", invariant: "shines", entity: "lamp/1", verdict: "violated" } as const;

test.each([
  ["refused", "refused", "true"],
  ["refused", "timed-out", "false"],
  ["refused", undefined, "unknown"],
] as const)("verdict-is with the reason %s, where the invariant gives %p: %s", (reason, given, outcome) => {
  const evaluation = evaluateClaim({ ...DARK, reason }, said(given));

  expect(evaluation.outcome).toBe(outcome);
  expect(evaluation.figure).toBe(`shines says violated of lamp/1 (${given ?? "no reason is on record"}): It is dark`);
});

test("verdict-is with a reason is false of another verdict, and says in words what it claims", () => {
  expect(evaluateClaim({ ...DARK, verdict: "holds", reason: "refused" }, said("refused")).outcome).toBe("false");
  expect(wordsOf({ ...DARK, reason: "refused" })).toBe("shines says violated of lamp/1, reason refused");
});

test.each([
  ["OOM", "OOM", "true"],
  ["OOM", "READONLY", "false"],
  ["OOM", undefined, "unknown"],
] as const)("verdict-is with the word %s, where the system gave %p: %s", (word, given, outcome) => {
  const evaluation = evaluateClaim({ ...DARK, reason: "server-error", word }, said("server-error", given));

  expect(evaluation.outcome).toBe(outcome);
  expect(evaluation.figure).toContain(`(server-error, ${given ?? "no word is on record"})`);
  expect(evaluateClaim({ ...DARK, reason: "refused", word }, said("server-error", given)).outcome).toBe("false");
  expect(wordsOf({ ...DARK, word })).toBe("shines says violated of lamp/1, word OOM");
});

function said(reason: string | undefined, word?: string): Evidence {
  const judgement = {
    invariant: "shines",
    entity: "lamp/1",
    on: "lamp/1",
    verdict: "violated",
    summary: "It is dark",
    evidence: {},
    ...(reason !== undefined && { reason }),
    ...(word !== undefined && { word }),
  } as const;
  return {
    now: { picture: { atMs: 1, components: [], links: [], series: [] }, judgements: [judgement] },
    timeline: [],
    series: [],
  };
}
