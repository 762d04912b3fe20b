import { expect, test } from "bun:test";
import { folded } from "../../../src/core/text/folded.ts";

test("folded() breaks between words and moves the rest in", () => {
  expect(folded("  ✓ one two three four", 12)).toEqual(["  ✓ one", "    two", "    three", "    four"]);
  expect(folded("short", 12)).toEqual(["short"]);
  expect(folded(`a ${"x".repeat(20)}`, 12)).toEqual(["a", `  ${"x".repeat(20)}`]);
});

test("folded() keeps the last cell of a row in its column, or below the row where there is no room", () => {
  expect(folded("id  state  one two three four five six seven eight", 42)).toEqual([
    "id  state  one two three four five six",
    "           seven eight",
  ]);
  expect(folded(`${"id".padEnd(20)}  one two three four five six`, 30)).toEqual([
    "id",
    "    one two three four five",
    "    six",
  ]);
  expect(folded(`id  ${"word ".repeat(12).trim()}  one two`, 40)).toEqual([
    "id  word word word word word word word",
    "    word word word word word",
    "    one two",
  ]);
});
