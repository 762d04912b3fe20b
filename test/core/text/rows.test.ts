import { expect, test } from "bun:test";
import * as v from "valibot";
import { rowsOf } from "../../../src/core/text/rows.ts";

const Row = v.object({ id: v.number() });

test.each([
  [[{ id: 1 }, { id: "2" }, null, { id: 3 }], [1, 3], 2],
  [[{ id: 1 }], [1], 0],
  [[[]], [], 1],
  [[], [], 0],
])("rowsOf() reads of %j the rows that have the form, and counts the others", (list, ids, unreadable) => {
  expect(v.parse(rowsOf(Row), list)).toEqual({ rows: ids.map((id) => ({ id })), unreadable });
});

test("rowsOf() refuses what is no list", () => {
  for (const value of [{}, "[]", null]) expect(v.is(rowsOf(Row), value)).toBe(false);
});
