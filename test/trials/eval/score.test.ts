import { expect, test } from "bun:test";
import type { Answer } from "../../../src/trials/eval/answers.ts";
import { scoresOf, type TrialRow } from "../../../src/trials/eval/score.ts";

const TRUTH = { component: "lamp/1", mechanism: "crash" } as const;
const RIGHT: Answer = { ...TRUTH, confidence: 0.9 };

test("scoresOf() counts components, mechanisms, silence, and who was sure of something wrong", () => {
  const [scores] = scoresOf([
    rowOf([RIGHT]),
    rowOf([{ ...RIGHT, mechanism: "hang" }]),
    rowOf([{ ...RIGHT, component: "lamp/2" }]),
    rowOf([{ ...RIGHT, component: "lamp/2", confidence: 0.5 }]),
    rowOf([]),
    { ...rowOf([]), truths: [] },
    { ...rowOf([{ ...RIGHT, confidence: 0.6 }]), truths: [] },
  ]);

  expect(scores).toMatchObject({
    name: "rules",
    component: { count: 2, of: 5 },
    exact: { count: 1, of: 5 },
    sureAndWrong: { count: 2, of: 7 },
    silent: { count: 1, of: 2 },
  });
});

test("scoresOf() asks for both of two that were broken at once", () => {
  const both = [TRUTH, { component: "lamp/2", mechanism: "hang" } as const];

  const [scores] = scoresOf([{ ...rowOf([RIGHT]), truths: both }]);

  expect(scores?.exact).toMatchObject({ count: 1, of: 2 });
});

test("scoresOf() falls when one truth is another, and leaves out what could not be tried", () => {
  const rows = [
    rowOf([RIGHT]),
    rowOf([RIGHT]),
    { ...rowOf([]), untried: "the system was not healthy before the fault" },
  ];
  const [first] = rows;
  const flipped = first ? [{ ...first, truths: [{ ...TRUTH, component: "lamp/9" } as const] }, ...rows.slice(1)] : [];

  expect(scoresOf(rows)[0]?.exact).toMatchObject({ count: 2, of: 2 });
  expect(scoresOf(flipped)[0]).toMatchObject({ exact: { count: 1, of: 2 }, sureAndWrong: { count: 1, of: 2 } });
});

function rowOf(answers: readonly Answer[]): TrialRow {
  return { id: "fault/a/1", kind: "fault", faults: ["a"], truths: [TRUTH], answers: { rules: answers }, tookMs: 1 };
}
