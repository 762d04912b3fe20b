import { expect, test } from "bun:test";
import { fitted, padded, shown, sparkline, tinted } from "../../src/terminal/text.ts";

test("fitted() cuts to the width, counting wide characters as two", () => {
  expect(fitted("abcdef", 4)).toBe("abc…");
  expect(Bun.stringWidth(fitted("漢字漢字漢字", 6))).toBeLessThanOrEqual(6);
  expect(fitted("abc", 3)).toBe("abc");
});

test("shown() removes what would move the cursor and every colour but those of tinted()", () => {
  const line = `${tinted("good", "ok\u001B[31m\u001B[2J", true)} a\rb\u001B[32mc\u001B[39m\td`;

  expect(shown(line)).toBe("\u001B[32mok\u001B[39m a bc  d");
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
  expect(shown(tinted("bad", "x", true))).toBe("\u001B[31mx\u001B[39m");
});
