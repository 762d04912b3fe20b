import { expect, test } from "bun:test";
import { fitted, folded, padded, sparkline, tinted } from "../../src/terminal/text.ts";

test("fitted() cuts to the width, counting wide characters as two", () => {
  expect(fitted("abcdef", 4)).toBe("abc…");
  expect(Bun.stringWidth(fitted("漢字漢字漢字", 6))).toBeLessThanOrEqual(6);
  expect(fitted("abc", 3)).toBe("abc");
});

test("fitted() removes what would move the cursor and keeps colours", () => {
  const coloured = "\u001B[32mok\u001B[39m";

  expect(fitted(`a\rb\u001B[2Jc\td`, 20)).toBe("ab[2Jc  d");
  expect(fitted(coloured, 20)).toBe(coloured);
});

test("padded() does not count colours", () => {
  expect(padded("\u001B[32mok\u001B[39m", 4)).toBe("\u001B[32mok\u001B[39m  ");
  expect(padded("7", 3, "left")).toBe("  7");
});

test("sparkline() scales from zero to the largest value", () => {
  expect(sparkline([0, 5, 10])).toBe("▁▅█");
  expect(sparkline([0, 0])).toBe("▁▁");
});

test("tinted() is plain where colour is off", () => {
  expect(tinted("bad", "x", false)).toBe("x");
  expect(tinted("bad", "x", true)).toContain("\u001B[31m");
});

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

test("folded() lets no control character through but colours", () => {
  expect(folded("a\u001B]0;title\u0007\u009B2J\nb\u202E \u001B[31mred\u001B[39m", 80)).toEqual([
    "a]0;title2Jb \u001B[31mred\u001B[39m",
  ]);
});
