import { expect, test } from "bun:test";
import { excerptOf } from "../../../src/core/text/excerpt.ts";

test("excerptOf() gives one line that steers no terminal", () => {
  expect(excerptOf("  \u001B[31mred\u001B]0;title\u0007\r\n\u009B2J\t\u202Eend ")).toBe("[31mred ]0;title 2J end");
});

test("excerptOf() cuts what is long, and says so", () => {
  expect(excerptOf("x".repeat(300), 10)).toBe("xxxxxxxxxx…");
});

test("excerptOf() takes secrets out before it cuts", () => {
  expect(excerptOf("boom password=hunter2secret", 22)).not.toContain("hunter2");
});
