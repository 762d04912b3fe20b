import { expect, test } from "bun:test";
import { readJson } from "../../../../src/core/diagnosis/ranking/json-text.ts";

test.each([
  ["a byte order mark", "\uFEFF[1]", [1]],
  [
    "the bare NaN of Python, and no text that says so",
    '[NaN, -Infinity, "NaN", "a\\"NaN"]',
    [null, null, "NaN", 'a"NaN'],
  ],
  ["one value per line", '{"a":1}\r\n\r\n{"a":NaN}\r\n', [{ a: 1 }, { a: null }]],
  ["a value on several lines", "[\n1,\n2\n]", [1, 2]],
])("readJson() reads %s", (_, text, value) => {
  expect(readJson(text)).toEqual(value);
});

test.each([
  ["ends in a list", '[{"a":1},\n', "it ends at line 2, expected a closing ]"],
  ["ends in a text", '{"a":1,\n"b', 'unexpected "\\"b" at line 2'],
  ["has a comma too many", '{"a":1,\n}', 'unexpected "}" at line 2'],
  ["lacks a comma", '[{"a":1}\n {"a":2}]', 'unexpected "{\\"a\\":2}]" at line 2'],
  ["closes what it did not open", '{"a":[1}}', 'unexpected "}}" at line 1'],
  ["has single quotes", "{'a': 1}", `unexpected "'a': 1}" at line 1`],
  ["goes on behind its end", "[1]\nx", 'unexpected "x" at line 2'],
  ["is no JSON that signs tell", '{"a" 1}', 'unexpected "1}" at line 1'],
  ["has a list with names", '["a":1]', "it is not a list of rows or an object of columns"],
])("readJson() says where a text %s", (_, text, message) => {
  expect(() => readJson(text)).toThrow(`Cannot read JSON: ${message}`);
});
