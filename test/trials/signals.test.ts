import { expect, test } from "bun:test";
import type { Checkup, InvariantJudgement } from "../../src/core/subject/checkup.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import { systemClock } from "../../src/io/clock.ts";
import { scratchDatabase } from "../../src/runtime/scratch-database.ts";
import { openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { checkSignals, examineSignals } from "../../src/trials/signals.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toy } from "../toy/subject/mod.ts";

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

test("examineSignals() looks at a live system, and judges whether its sources answer, too", async () => {
  await using endpoints = new Endpoints(2);
  using scratch = scratchDatabase();
  const target = { subject: toy, name: "toy", configured: toy.configure(endpoints.config) };
  await using opened = await openSubject(target, { database: scratch.database, clock: systemClock });

  expect(await examineSignals(opened, AbortSignal.timeout(10_000))).toEqual([
    { invariant: "endpoint-answers", judged: 2, missing: [] },
    { invariant: "answers-probes", judged: 1, missing: [] },
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
