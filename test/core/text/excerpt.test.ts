import { expect, test } from "bun:test";
import { excerptOf } from "../../../src/core/text/excerpt.ts";

test("excerptOf() gives one line that steers no terminal", () => {
  expect(excerptOf("  \u001B[31mred\u001B]0;title\u0007\r\n\u009B2J\t\u202Eend ")).toBe("red]0;title end");
});

test("excerptOf() cuts what is long, and says so", () => {
  expect(excerptOf("x".repeat(300), 10)).toBe("xxxxxxxxxx…");
});

test("excerptOf() cuts no sign in two", () => {
  expect(excerptOf("x😀y", 2)).toBe("x…");
});

test("excerptOf() shows nothing of a secret behind more space than it looks at", () => {
  const text = `${" ".repeat(65_500)}redis://:${"s3cret".repeat(10)}@h`;

  expect(excerptOf(text)).toBe("…");
});

test("excerptOf() takes secrets out before it cuts", () => {
  expect(excerptOf("boom password=hunter2secret", 22)).not.toContain("hunter2");
});
