import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as v from "valibot";
import { IdText, parseJson } from "../../src/io/json.ts";

test.each([
  ["10448351294529612345", "10448351294529612345", 10448351294529612345n],
  ["-9223372036854775808", "-9223372036854775808", -9223372036854775808n],
  ["9007199254740993", "9007199254740993", 9007199254740993n],
  ["9007199254740991", 9007199254740991, 9007199254740991],
  ["1764356384000000", 1764356384000000, 1764356384000000],
  ["1e300", 1e300, 1e300],
  ["18446744073709551616.5", 2 ** 64, 2 ** 64],
  ['"10448351294529612345"', "10448351294529612345", "10448351294529612345"],
])("parseJson() loses no digit of an integer: %s", (text, asText, asBigint) => {
  const document = `{"before":[1,"a"], "id" : ${text}\n}`;

  expect(parseJson(document)).toEqual({ before: [1, "a"], id: asText });
  expect(parseJson(document, "bigint")).toEqual({ before: [1, "a"], id: asBigint });
  expect(parseJson(text)).toEqual(asText);
});

test("parseJson() keeps every 64-bit integer, wherever it stands", () => {
  const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(fc.array(id, { minLength: 1 }), fc.constantFrom(",", ", ", " ,\n"), (ids, comma) => {
      const text = `{"ids":[${ids.join(comma)}],"last":${ids.at(-1)}}`;

      const read = v.parse(v.object({ ids: v.array(v.unknown()), last: v.unknown() }), parseJson(text));

      expect([...read.ids, read.last].map(String)).toEqual([...ids, ids.at(-1)].map(String));
    }),
  );
});

test("parseJson() reads all other JSON as JSON.parse() does", () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }).filter((text) => !/\d{16}/.test(text)),
      (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      },
    ),
  );
});

test.each(["", "<html>", '{"a":1}{', "{a:1}", "NaN"])("parseJson() refuses %p", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test("IdText reads an id as its digits, and refuses what has lost some", () => {
  expect([7, "10448351294529612345", "007"].map((id) => v.parse(IdText, id))).toEqual([
    "7",
    "10448351294529612345",
    "007",
  ]);
  for (const wrong of [1.5, -1, 2 ** 60, "1e3", "", null]) expect(v.is(IdText, wrong)).toBe(false);
});
