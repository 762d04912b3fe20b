import { expect, test } from "bun:test";
import { type Confidence, confidenceOf } from "../../../../src/core/diagnosis/ranking/confidence.ts";

test.each<[string, readonly number[], readonly number[], Confidence["verdict"]]>([
  ["far above quiet windows and ahead of the second", [2, 0.5], [0.3, 0.4, 0.5], "likely"],
  ["ahead, but hardly above quiet windows", [0.5, 0.1], [0.4, 0.4, 0.4], "possible"],
  ["as high as quiet windows and no more than the second", [0.4, 0.39], [0.4, 0.4, 0.4], "none"],
  ["ahead where no quiet windows are known", [1, 0.2], [], "possible"],
  ["level with the second where no quiet windows are known", [1, 0.9], [0.1, 0.1], "none"],
  ["nothing at all", [], [0.4, 0.4, 0.4], "none"],
])("confidenceOf() of a first score %s", (_, scores, quiet, verdict) => {
  expect(confidenceOf(scores, quiet).verdict).toBe(verdict);
});

test("confidenceOf() is never certain, and less so without quiet windows", () => {
  expect([confidenceOf([9, 0], [0.1, 0.1, 0.1]).confidence, confidenceOf([9, 0], []).confidence]).toEqual([0.95, 0.85]);
});
