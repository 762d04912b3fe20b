import { expect, test } from "bun:test";
import { fitted, padded, sparkline, tinted } from "../../src/terminal/text.ts";

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
