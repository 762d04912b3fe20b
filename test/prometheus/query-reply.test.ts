import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type QueryData, readRows } from "../../src/prometheus/query-reply.ts";

const GOOD = { metric: { __name__: "a", b: "c" }, values: [[1700000000.123, "1.5"]] };

test.each<[string, unknown]>([
  ["no object", 7],
  ["null", null],
  ["a list", []],
  ["no labels", { values: [] }],
  ["a label that is no text", { metric: { a: 1 }, values: [] }],
  ["a name that is no text", { metric: { __name__: {} }, values: [] }],
  ["values that are no list", { metric: {}, values: "1" }],
  ["a value that is no pair", { metric: {}, values: [1] }],
  ["a value without a time", { metric: {}, values: [["1", "1"]] }],
  ["a value that is no text", { metric: {}, values: [[1, 1]] }],
  ["a value that is no number", { metric: {}, values: [[1, "yes"]] }],
  [
    "one bad value of many",
    {
      metric: {},
      values: [
        [1, "1"],
        [2, ""],
      ],
    },
  ],
])("a row with %s costs itself alone, and is told", (_what, row) => {
  const { series, warning } = readRows({ resultType: "matrix", result: [GOOD, row, GOOD] });

  const read = { metric: "a", labels: { b: "c" }, points: [{ atMs: 1700000000123, value: 1.5 }] };
  expect(series).toEqual([read, read]);
  expect(warning).toStartWith("Left out 1 of 3 series that cannot be read, first: ");
});

test("readRows() reads what is well-formed and fails at nothing else", () => {
  const value = fc.oneof(
    fc.tuple(fc.integer(), fc.constantFrom("1", "NaN", "+Inf", "x")),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const labels = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })), { maxKeys: 2 });
  const row = fc.oneof(
    fc.record({ metric: labels, values: fc.array(value, { maxLength: 3 }), value }, { requiredKeys: ["metric"] }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const resultType = fc.constantFrom("vector" as const, "matrix" as const);
  fc.assert(
    fc.property(resultType, fc.array(row, { maxLength: 6 }), (resultType, rows) => {
      const data: QueryData = { resultType, result: [GOOD, ...rows] };

      const { series, warning } = readRows(data);

      expect(series.length).toBeGreaterThanOrEqual(1);
      expect(warning === undefined).toBe(series.length === rows.length + 1);
      for (const { points } of series) {
        for (const { atMs, value } of points) expect([typeof atMs, typeof value]).toEqual(["number", "number"]);
      }
    }),
  );
});
