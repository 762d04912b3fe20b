import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { readCsv } from "../../../src/core/text/csv.ts";
import { InvalidInputError } from "../../../src/core/text/errors.ts";

test.each<[string, string, readonly (readonly string[])[]]>([
  [
    "a byte order mark and Windows line ends",
    "\uFEFFa,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["commas, quotes and line ends within quotes", 'a,"b,""c""\nd"\n', [["a", 'b,"c"\nd']]],
  [
    "empty cells, also at the end",
    'a,,"",\n,',
    [
      ["a", "", "", ""],
      ["", ""],
    ],
  ],
  ["empty lines, also beside quotes", '"a"\n\n  \nb\n\n', [["a"], ["b"]]],
  [
    "semicolons, commas being text then",
    "a;b\n1,5;2\n",
    [
      ["a", "b"],
      ["1,5", "2"],
    ],
  ],
  [
    "tabs, within quotes too",
    'a\tb\n"1\t2"\t3\n',
    [
      ["a", "b"],
      ["1\t2", "3"],
    ],
  ],
  ["nothing", "", []],
])("readCsv() reads %s", (_, text, rows) => {
  expect(readCsv(text)).toEqual(rows);
});

const HEAD = ["x", "y", "z"];

test("readCsv() reads back whatever was written as RFC 4180 has it", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "é") });
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, (written) => {
      const text = [HEAD, ...written]
        .map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(","))
        .join("\n");

      expect(readCsv(text)).toEqual([HEAD, ...written]);
    }),
  );
});

test.each(['a\n"b', 'a\nb"c",d'])("readCsv() refuses a quote that is out of place: %p", (text) => {
  expect(() => readCsv(text)).toThrow(new InvalidInputError("Cannot read CSV at line 2: expected a closed quote"));
});
