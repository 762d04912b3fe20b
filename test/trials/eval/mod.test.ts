import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import { runEval } from "../../../src/trials/eval/mod.ts";
import type { PlannedTrial } from "../../../src/trials/eval/plan.ts";
import type { Seen } from "../../../src/trials/eval/run-trial.ts";
import { scoresOf, type TrialRow } from "../../../src/trials/eval/score.ts";
import { Endpoints } from "../../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../../toy/lab.ts";
import { toy } from "../../toy/subject/mod.ts";

const home = mkdtempSync(join(tmpdir(), "operator-eval-"));
const endpoints = new Endpoints(3);

const ALREADY = 'Cannot inject "endpoint-kill": every component it chose is already broken';

afterAll(async () => {
  await endpoints[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

test("runEval() breaks, diagnoses and heals on a system that it watches itself, and scores what was seen", async () => {
  const rows: TrialRow[] = [];
  const cases: (readonly [id: string, truths: number])[] = [];
  const target = {
    subject: toy,
    name: "toy",
    configured: toy.configure(endpoints.config),
    graceMs: { "endpoint-answers": 100 },
  };
  const options = {
    lab: toyLab(endpoints),
    deployment: toyDeployment(),
    engine: rules,
    home,
    seed: 7,
    intervalMs: 50,
    baseline: 20,
    patience: { healthyWithinMs: 10_000, opensWithinMs: 3000, laterMs: 300 },
    trials: [
      planned("fault", ["endpoint-kill"]),
      planned("fault", ["nothing-at-all"]),
      planned("healthy", []),
      planned("pair", ["nothing-at-all", "endpoint-kill"]),
    ],
    onCases: ({ id }: PlannedTrial, { truths }: Seen) => cases.push([id, truths.length]),
    onRow: (row: TrialRow) => rows.push(row),
  };

  await runEval(target, options, AbortSignal.timeout(40_000));

  expect(rows.map(({ id, kind, untried }) => [id, kind, untried])).toEqual([
    ["fault/endpoint-kill", "fault", undefined],
    ["withheld/fault/endpoint-kill", "withheld", undefined],
    ["fault/nothing-at-all", "fault", undefined],
    ["healthy/", "healthy", undefined],
    ["pair/nothing-at-all,endpoint-kill", "pair", ALREADY],
  ]);
  expect(cases).toEqual([
    ["fault/endpoint-kill", 1],
    ["fault/nothing-at-all", 1],
    ["healthy/", 0],
  ]);
  expect(scoresOf(rows).find(({ name }) => name === "rules")).toMatchObject({
    component: { count: 1, of: 2 },
    exact: { count: 1, of: 2 },
    sureAndWrong: { count: 0 },
    silent: { count: 2, of: 2 },
  });
  expect(endpoints.runs("endpoint/2")).toBe(true);
}, 60_000);

function planned(kind: PlannedTrial["kind"], faults: readonly string[]): PlannedTrial {
  return { id: `${kind}/${faults.join()}`, kind, faults, seed: 5, load: 1, strength: 1 };
}
