import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { beginningOf, plainJson, plainLine, plainText } from "../../../src/core/text/plain.ts";
import { REDACTED } from "../../../src/core/text/redaction.ts";

const CASES: readonly (readonly [name: string, text: string, plain: string])[] = [
  ["a colour", "\u001B[1;31mred\u001B[0m", "red"],
  ["a colour of eight bits", "\u009B31mred\u009Bm", "red"],
  ["a cleared screen", "a\u001B[2J\u001B[Hb", "ab"],
  ["a title", "a\u001B]0;owned\u0007b", "a]0;ownedb"],
  ["a hyperlink", "\u001B]8;;http://evil.example\u001B\\here\u001B]8;;\u001B\\", "]8;;http://evil.example\\here]8;;\\"],
  ["the clipboard", "\u001B]52;c;cm0gLXJm\u0007", "]52;c;cm0gLXJm"],
  ["an overwritten line", "bad\rgood", "bad good"],
  ["backspaces", "bad\b\b\bgood", "badgood"],
  ["text turned round", "\u202Eevil\u202C \u2066x\u2069", "evil x"],
  ["what is not seen", "us\u200Ber\uFEFF:\u00AD7\u{E0041}\u3164", "user:7"],
  ["other breaks of lines", "a\u2028b\u2029c\u0085d\u000Be", "a b c d e"],
  ["half a sign", "a\uD800b", "a\uFFFDb"],
  ["a tab", "a\tb", "a  b"],
  ["lines", "a\r\nb\nc", "a\nb\nc"],
  ["a name split by what is not seen", "pass\u200Bword=hunter2", `password=${REDACTED}`],
  ["a coloured secret", "password=\u001B[32mhunter2\u001B[0m", `password=${REDACTED}`],
  ["letters of every script", "Größe 漢字 עברית ✓ 😀", "Größe 漢字 עברית ✓ 😀"],
];

for (const [name, text, plain] of CASES) {
  test(`plainText() makes ${name} plain`, () => {
    expect(plainText(text)).toBe(plain);
  });
}

test("plainLine() is one line of which nothing acts on a terminal, whatever the text", () => {
  const sign = fc.oneof(
    fc.constantFrom(..."\u001B[]0;\u0007\u009B\r\n\b\u202E\u200B\u2028\uD800m".split("")),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(sign), (signs) => {
      expect(plainLine(signs.join(""))).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test("plainJson() escapes what acts on a terminal, and loses nothing for who reads it", () => {
  const value = { "k\u202E": ["\u009B31m\u001B[2J\u007F\u2028\u200B\uFEFF\u{E0041}\uD800", "漢字\n\t"] };

  const json = plainJson(value);

  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  expect(JSON.parse(json)).toEqual(value);
});

test("plainJson() tells no secret", () => {
  expect(plainJson({ password: "hunter2", argv: ["--pass", "hunter2"] })).not.toContain("hunter2");
});

test("beginningOf() ends at a word that is whole", () => {
  expect(beginningOf("one two three", 9)).toBe("one two…");
  expect(beginningOf("redis://:secret@h", 9)).toBe("…");
  expect(beginningOf("one two", 9)).toBe("one two");
});
