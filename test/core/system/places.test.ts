import { expect, test } from "bun:test";
import { isAbstract } from "../../../src/core/system/places.ts";

test.each([
  ["cluster/hall", true],
  ["instance/default", true],
  ["clients/all", true],
  ["source/metrics", true],
  ["lamp/1", false],
] as const)("isAbstract() is what no process stands for: %s", (id, wanted) => {
  expect(isAbstract(id)).toBe(wanted);
});
