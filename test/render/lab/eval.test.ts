import { expect, test } from "bun:test";
import { wilson } from "../../../src/core/system/statistics/wilson.ts";
import { renderEval, renderEvaluated } from "../../../src/render/lab/eval.ts";

const CRASH = { component: "lamp/1", mechanism: "crash" };
const RIGHT = { id: "fault/a/1", truths: [CRASH], answers: { rules: [CRASH] } };
const WRONG = { id: "fault/b/1", truths: [CRASH], answers: { rules: [{ ...CRASH, mechanism: "hang" }] } };

test("renderEval() prints a table of shares, and a line for each trial that went wrong", () => {
  const share = wilson(1, 2);
  const scores = [{ name: "rules", component: share, exact: share, sureAndWrong: share, silent: wilson(0, 0) }];

  const lines = renderEval("rules", scores, [
    RIGHT,
    WRONG,
    { ...RIGHT, id: "healthy/1", truths: [], answers: { rules: [] } },
  ]);

  expect(lines[1]).toMatch(/^rules\s+1 of 2 \(9–91 %\)\s.*-$/);
  expect(lines.slice(4)).toEqual(["fault/b/1: rules said hang of lamp/1, true is crash of lamp/1"]);
});

test("renderEvaluated() says why a trial was not made, and where nothing was said", () => {
  expect(renderEvaluated("rules", { ...RIGHT, untried: "the system was disturbed before the fault" })).toBe(
    "fault/a/1: not run: the system was disturbed before the fault",
  );
  expect(renderEvaluated("rules", { ...RIGHT, answers: {} })).toBe(
    "fault/a/1: rules said nothing, true is crash of lamp/1",
  );
});
