import { expect, test } from "bun:test";
import { callsAmong, readCalls } from "../../../../src/core/diagnosis/ranking/calls.ts";

const COMPONENTS = new Set(["shop", "cart", "database"]);

test.each([
  ["CSV with other columns", "caller,callee,spans\nshop,cart,7\n"],
  ["CSV with the columns in another order", "callee,caller\ncart,shop\n"],
  ["CSV with other names for the columns", "source;target\nshop;cart\n"],
  ["CSV without headings", "shop,cart\n"],
  ["a JSON list of pairs", '[["shop","cart"]]'],
  ["a JSON list of objects", '[{"caller":"shop","callee":"cart"}]'],
  ["one JSON object per line", '{"caller":"shop","callee":"cart"}\n{"caller":"shop","callee":"cart"}'],
])("readCalls() reads %s", (_, text) => {
  expect(new Set(callsAmong(readCalls(text), COMPONENTS).map(String))).toEqual(new Set(["shop,cart"]));
});

test("readCalls() refuses what names no caller or no callee", () => {
  expect(() => readCalls("caller\na\n")).toThrow("Cannot read edges: expected a row of headings");
  expect(() => readCalls("caller,callee\na,\n")).toThrow("Cannot read edge 1");
  expect(() => readCalls('[{"caller":"a"}]')).toThrow("Cannot read edge 1");
});

test("callsAmong() leaves headings out that are no components, and keeps what lies between two that are", () => {
  expect(callsAmong(readCalls("up,down\nshop,queue\nqueue,cart\n"), COMPONENTS)).toEqual([
    ["shop", "queue"],
    ["queue", "cart"],
  ]);
});

test("callsAmong() refuses calls that name no component, and leaves none as none", () => {
  expect(callsAmong(readCalls("caller,callee\n"), COMPONENTS)).toEqual([]);
  expect(() => callsAmong(readCalls("caller,callee\nShop,Cart\na,b\n"), COMPONENTS)).toThrow(
    'Cannot use edges: the table has no component Shop, Cart, a and 1 more, expected names such as "shop"',
  );
});
