import { expect, test } from "bun:test";
import { plotScale } from "../../src/render/plot-scale.ts";

test.each([
  ["a series that is 0 throughout", [0, 0], { top: 1, base: 0 }],
  ["one that comes near 0", [0, 8], { top: 8, base: 0 }],
  ["one that never comes near 0", [8, 9], { top: 9, base: 8 }],
  ["one below 0", [-2, -1], { top: 0, base: -2 }],
])("plotScale() has ends that can be read for %s", (_what, values, scale) => {
  const points = values.map((value, at) => ({ atMs: at * 1000, value }));

  expect(plotScale(points, undefined)).toEqual(scale);
});
