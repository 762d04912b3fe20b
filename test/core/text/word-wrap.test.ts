import { expect, test } from "bun:test";
import { wordWrap } from "../../../src/core/text/word-wrap.ts";

test("wordWrap() breaks between words and moves the rest in", () => {
  expect(wordWrap("  ✓ one two three four", 12)).toEqual(["  ✓ one", "    two", "    three", "    four"]);
  expect(wordWrap("short", 12)).toEqual(["short"]);
  expect(wordWrap(`a ${"x".repeat(20)}`, 12)).toEqual(["a", `  ${"x".repeat(20)}`]);
});

test("wordWrap() keeps the last cell of a row in its column, or below the row where there is no room", () => {
  expect(wordWrap("id  state  one two three four five six seven eight", 42)).toEqual([
    "id  state  one two three four five six",
    "           seven eight",
  ]);
  expect(wordWrap(`${"id".padEnd(20)}  one two three four five six`, 30)).toEqual([
    "id",
    "    one two three four five",
    "    six",
  ]);
  expect(wordWrap(`id  ${"word ".repeat(12).trim()}  one two`, 40)).toEqual([
    "id  word word word word word word word",
    "    word word word word word",
    "    one two",
  ]);
});
