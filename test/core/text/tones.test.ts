import { expect, test } from "bun:test";
import { shown, tinted } from "../../../src/core/text/tones.ts";

test("shown() removes what would move the cursor and every colour but those of tinted()", () => {
  const line = `${tinted("good", "ok\u001B[31m\u001B[2J", true)} a\rb\u001B[32mc\u001B[39m\td`;

  expect(shown(line)).toBe("\u001B[32mok\u001B[39m a bc  d");
});

test("tinted() is plain where colour is off", () => {
  expect(tinted("bad", "x", false)).toBe("x");
  expect(shown(tinted("bad", "x", true))).toBe("\u001B[31mx\u001B[39m");
});
