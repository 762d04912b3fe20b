import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import { runEval } from "../../../src/trials/eval/mod.ts";
import type { PlannedTrial } from "../../../src/trials/eval/plan.ts";
import type { Seen } from "../../../src/trials/eval/run-trial.ts";
import type { TrialRow } from "../../../src/trials/eval/score.ts";
import { Endpoints } from "../../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../../toy/lab.ts";
import { toy } from "../../toy/subject/mod.ts";

const home = mkdtempSync(join(tmpdir(), "operator-baseline-"));
const endpoints = new Endpoints(3);
const TRIALS: readonly PlannedTrial[] = [
  { id: "fault/endpoint-kill", kind: "fault", faults: ["endpoint-kill"], seed: 5, load: 1, strength: 1 },
  { id: "healthy/1", kind: "healthy", faults: [], seed: 6, load: 1, strength: 1 },
  { id: "healthy/2", kind: "healthy", faults: [], seed: 7, load: 1, strength: 1 },
];

afterAll(async () => {
  await endpoints[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

const rows: TrialRow[] = [];
const seen = new Map<string, Seen>();

beforeAll(async () => {
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
    baseline: 40,
    oneBaseline: true,
    patience: { healthyWithinMs: 10_000, opensWithinMs: 3000, laterMs: 300 },
    trials: TRIALS,
    onCases: ({ id }: PlannedTrial, tried: Seen) => seen.set(id, tried),
    onRow: (row: TrialRow) => rows.push(row),
  };
  await runEval(target, options, AbortSignal.timeout(40_000));
}, 60_000);

test("runEval() on one baseline finds what it broke, and says nothing of windows that were cut from it", () => {
  expect(rows.map(({ id, answers }) => [id, answers["rules"]?.map(({ component }) => component)])).toEqual([
    ["fault/endpoint-kill", seen.get("fault/endpoint-kill")?.truths.map(({ component }) => component)],
    ["withheld/fault/endpoint-kill", []],
    ["healthy/1", []],
    ["healthy/2", []],
  ]);
});

test("watchBaseline() cuts windows that end one after the other, and trials go on from all of it", () => {
  const [first, second, fault] = ["healthy/1", "healthy/2", "fault/endpoint-kill"].map((id) => seen.get(id)?.cases[0]);

  expect(first?.atMs).toBeLessThan(second?.atMs ?? 0);
  expect(second?.atMs).toBeLessThan(fault?.incident.beganAtMs ?? 0);
  const firstMs = [first, second, fault].map((one) => one?.series.atMs[0]);
  expect(new Set(firstMs).size).toBe(1);
  expect(fault?.tickets.map(({ on }) => on)).toEqual(
    seen.get("fault/endpoint-kill")?.truths.map(({ component }) => component) ?? [],
  );
});
