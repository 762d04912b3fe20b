import { expect, test } from "bun:test";
import { type Chart, movedMost, wholeNames } from "../../../src/runtime/views/charts.ts";

test("wholeNames() shows all components of a name or none, and only names that move", () => {
  const [moving, flat] = [chartOf("gauge", [1, 2]), chartOf("gauge", [1, 1])];

  expect(wholeNames([[flat, flat], [moving, flat, flat], [moving, moving], [moving]], 4)).toEqual([
    moving,
    flat,
    flat,
    moving,
  ]);
});

test("movedMost() ranks by how far a level moved, in terms of how much it moves anyway", () => {
  const restless = chartOf("gauge", [10, 20, 10, 20, 10, 20, 12, 18]);
  const jumped = chartOf("gauge", [10, 11, 10, 11, 90, 91, 90, 91]);
  const crept = chartOf("gauge", [10, 10, 10, 10, 12, 12, 12, 12]);

  expect(movedMost([restless, crept, jumped], 4000, 5)).toEqual([jumped, crept]);
});

function chartOf(kind: "counter" | "gauge", values: readonly number[]): Chart {
  const points = values.map((value, index) => ({ atMs: index * 1000, value }));
  return {
    kind: { name: "switches_total", unit: "1", kind, signal: "traffic" },
    window: { metric: "switches_total", labels: { component: "lamp/1" }, points },
  };
}
