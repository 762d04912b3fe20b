import { expect, test } from "bun:test";
import { padded, tableLines } from "../../src/render/table.ts";

test("tableLines() aligns columns by what is seen, and leaves no space at the end", () => {
  expect(tableLines([["a", "bb", ""], ["漢字", "c", "d"], ["only"]])).toEqual(["a     bb", "漢字  c   d", "only"]);
});

test("padded() does not count colours", () => {
  expect(padded("\u001B[32mok\u001B[39m", 4)).toBe("\u001B[32mok\u001B[39m  ");
  expect(padded("7", 3, "left")).toBe("  7");
});
