import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addResult, keepCases, readResults, resultsFile } from "../../../src/trials/eval/results.ts";
import type { TrialRow } from "../../../src/trials/eval/score.ts";
import { aCase } from "../../agent/cases.ts";

const home = mkdtempSync(join(tmpdir(), "operator-eval-"));
const ROW: TrialRow = {
  id: "fault/a/1",
  kind: "fault",
  faults: ["a"],
  truths: [{ component: "lamp/1", mechanism: "crash" }],
  answers: { rules: [{ component: "lamp/1", mechanism: "crash", confidence: 0.9 }] },
  tookMs: 12,
};

afterAll(() => rmSync(home, { recursive: true }));

test("readResults() reads what was added, without a last line that was cut short", () => {
  const file = resultsFile(home, { subject: "toy", seed: 7 });

  addResult(file, ROW);
  addResult(file, { ...ROW, id: "fault/a/2", untried: "the system was not healthy before the fault" });
  appendFileSync(file, '{"id":"fault/a/3","ki');

  expect(readResults(file).map(({ id, untried }) => [id, untried])).toEqual([
    ["fault/a/1", undefined],
    ["fault/a/2", "the system was not healthy before the fault"],
  ]);
  expect(readResults(file)[0]).toEqual(ROW);
});

test("keepCases() keeps the cases of a trial with what is true of them", async () => {
  const seen = { cases: [aCase({})], truths: ROW.truths };

  keepCases(join(home, "cases"), "fault/a/1", seen);

  expect(await Bun.file(join(home, "cases", "fault-a-1.json")).json()).toEqual({ id: "fault/a/1", ...seen });
});

test("readResults() refuses a file of something else, and knows nothing of one that is not there", () => {
  const file = join(home, "other.jsonl");
  appendFileSync(file, "{}\n{}\n");

  expect(() => readResults(file)).toThrow("at line 1: expected the row of a trial");
  expect(readResults(join(home, "none.jsonl"))).toEqual([]);
});
