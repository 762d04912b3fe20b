import { expect, test } from "bun:test";
import { fitted } from "../../src/terminal/fitted.ts";

test("fitted() cuts to the width, counting wide characters as two", () => {
  expect(fitted("abcdef", 4)).toBe("abc…");
  expect(Bun.stringWidth(fitted("漢字漢字漢字", 6))).toBeLessThanOrEqual(6);
  expect(fitted("abc", 3)).toBe("abc");
});
