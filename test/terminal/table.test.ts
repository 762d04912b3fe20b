import { expect, test } from "bun:test";
import { tableLines } from "../../src/terminal/table.ts";

test("tableLines() aligns columns by what is seen, and leaves no space at the end", () => {
  expect(tableLines([["a", "bb", ""], ["漢字", "c", "d"], ["only"]])).toEqual(["a     bb", "漢字  c   d", "only"]);
});
