import { expect, test } from "bun:test";
import type { Checkup, InvariantJudgement } from "../../src/core/subject/checkup.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import { checkSignals } from "../../src/trials/signals.ts";

const invariants = ["lit", "warm", "dry"].map((id) => {
  const terms = { severity: "warning", graceMs: 1, rationale: "Lamps should be.", everyMs: 0 } as const;
  return { id, ...terms, thresholds: {}, reasons: ["seen"] };
});

test("checkSignals() says of each invariant how much it can judge, and why not more, each reason once", () => {
  const said = [
    judgement("lit", "lamp/1", "holds"),
    judgement("lit", "lamp/2", "violated"),
    judgement("warm", "lamp/1", "unknown"),
    judgement("warm", "lamp/2", "unknown"),
    judgement("warm", "lamp/3", "holds"),
  ];

  expect(checkSignals(checkupOf(said), invariants)).toEqual([
    { invariant: "lit", judged: 2, missing: [] },
    { invariant: "warm", judged: 1, missing: ["No thermometer"] },
    { invariant: "dry", judged: 0, missing: ["nothing to judge was found"] },
  ]);
});

function judgement(invariant: string, entity: `lamp/${number}`, verdict: Verdict): InvariantJudgement {
  const summary = verdict === "unknown" ? "No thermometer" : "As seen";
  return { invariant, entity, on: entity, verdict, reason: "seen", summary, evidence: {}, readAtMs: 0 };
}

function checkupOf(judgements: readonly InvariantJudgement[]): Checkup {
  const nothing = { components: [], links: [], groups: [] };
  const picture = { ...nothing, atMs: 0, series: [] };
  return {
    startedAtMs: 0,
    elapsedMs: 1,
    judgements,
    picture,
    topology: nothing,
    retired: [],
    sources: [],
    observation: {},
  };
}
