import { expect, test } from "bun:test";
import { chartRows, sparkline } from "../../../src/render/live/charts.ts";
import { tableLines } from "../../../src/render/table.ts";
import type { Chart } from "../../../src/runtime/views/charts.ts";

test("chartRows() draws a counter as how fast it rises", () => {
  expect(chartRows([chartOf("counter", [0, 10, 20, 40, 5])])).toEqual([["lamp/1", "switches_total", "▅▅█▃", "5/s"]]);
  expect(chartRows([chartOf("gauge", [])])).toEqual([["lamp/1", "switches_total", " ", "-"]]);
});

test("chartRows() leaves a blank where a sample is missing, so that a column is the same time in every row", () => {
  const whole = chartOf("gauge", [1, 1, 1, 1, 1, 1]);
  const points = whole.window.points.filter((_, index) => index > 0 && index !== 3);
  const holed: Chart = { ...whole, window: { ...whole.window, points } };

  const shapes = chartRows([whole, holed]).map((cells) => cells[2]);

  expect(shapes).toEqual(["██████", " ██ ██"]);
});

test("chartRows() shows no figure of a series that is over", () => {
  const [whole, over] = [chartOf("gauge", [1, 1, 1, 1, 1, 1]), chartOf("gauge", [1])];

  expect(chartRows([whole, over]).map((cells) => cells.slice(2))).toEqual([
    ["██████", "1"],
    ["█     ", "-"],
  ]);
  expect(chartRows([whole], { nowMs: 8000 })[0]?.slice(2)).toEqual(["██████", "1"]);
  expect(chartRows([whole], { nowMs: 9000 })[0]?.slice(2)).toEqual(["██████    ", "-"]);
});

test("chartRows() squeezes many samples into few columns without losing a peak", () => {
  const values = Array.from({ length: 100 }, (_, index) => (index === 50 ? 100 : 0));

  const shape = chartRows([chartOf("gauge", values)])[0]?.[2] ?? "";

  expect(shape).toMatch(/^▁+█▁+$/);
  expect(shape.length).toBeLessThanOrEqual(40);
  const narrow = tableLines(chartRows([chartOf("gauge", values)], { columns: 50 }))[0] ?? "";
  expect(narrow).toMatch(/ {2}▁+█▁+ {2}0$/);
  expect(narrow.length).toBeLessThanOrEqual(50);
});

test("sparkline() scales from zero to the largest value", () => {
  expect(sparkline([0, 5, 10])).toBe("▁▅█");
  expect(sparkline([0, 0])).toBe("▁▁");
});

function chartOf(kind: "counter" | "gauge", values: readonly number[]): Chart {
  const points = values.map((value, index) => ({ atMs: index * 1000, value }));
  return {
    kind: { name: "switches_total", unit: "1", kind, signal: "traffic" },
    window: { metric: "switches_total", labels: { component: "lamp/1" }, points },
  };
}
