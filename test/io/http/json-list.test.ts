import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as v from "valibot";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { JsonListReader } from "../../../src/io/http/json-list.ts";

test.each<[string, string | undefined, readonly unknown[]]>([
  ["[]", undefined, []],
  [" [ ] ", undefined, []],
  ['[1, "a,]", {"b":[2,{"c":"\\"}"}]}, null]', undefined, [1, "a,]", { b: [2, { c: '"}' }] }, null]],
  ['{"count":1,"regions":[{"id":2}]}', "regions", [{ id: 2 }]],
  ['{ "other" : [3], "nested":{"regions":[4]} , "regions" : [ 5 ] , "more":6}', "regions", [5]],
  ['{"count":0,"regions":null}', "regions", []],
  ['{"regions":null,"count":0}', "regions", []],
  ["[10448351294529612345]", undefined, ["10448351294529612345"]],
])("JsonListReader reads %s at %p", (text, field, expected) => {
  const list = reader({ field });

  list.add(bytesOf(text));

  expect(list.isWhole).toBe(true);
  expect(list.end()).toEqual(expected);
});

test("JsonListReader reads any list as JSON.parse() does, wherever its parts are cut", () => {
  const spaces = fc.constantFrom(undefined, 2);
  const item = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\d{16}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(fc.array(item), fc.boolean(), spaces, fc.integer({ min: 1, max: 9 }), (items, isNamed, ...how) => {
      const [spaces, size] = how;
      const field = isNamed ? "items" : undefined;
      const document = isNamed ? { count: { of: ["items", []] }, text: '"items":[', items, after: 1 } : items;
      const bytes = bytesOf(JSON.stringify(document, undefined, spaces));
      const list = reader({ field });

      for (let at = 0; at < bytes.length; at += size) list.add(bytes.subarray(at, at + size));

      expect(list.end()).toEqual(JSON.parse(JSON.stringify(items)));
    }),
  );
});

test("JsonListReader has the items that are whole, however early the answer is cut off", () => {
  const text = '{"items":[{"id":1},{"id":2},{"id":3}]}';
  const list = reader({ field: "items" });

  list.add(bytesOf(text.slice(0, text.indexOf('{"id":3') + 7)));

  expect(list.items).toEqual([{ id: 1 }, { id: 2 }]);
  expect(list.isWhole).toBe(false);
  expect(() => list.end()).toThrow(
    'Cannot read the answer at "items": the answer ends before the end of the list, expected a JSON',
  );
});

test.each([
  ['{"items":[1,,2]}', "item 1: "],
  ['{"items":[1,]}', "item 1: "],
  ['{"items":{"a":1}}', 'no list, expected a JSON list; it reads: {"a":1'],
  ['{"items":7,"more":8}', "no list, expected a JSON list; it reads: 7"],
  ['{"items":[{"id":"x"}]}', "item 0: id: Invalid type"],
  ["<html>{}</html>", "the answer ends before the end of the list, expected a JSON list; it reads: </html>"],
  ["", "the answer ends before the end of the list, expected a JSON list"],
])("JsonListReader refuses %s", (text, expected) => {
  const item = v.union([v.number(), v.object({ id: v.number() })]);
  const list = reader({ field: "items", item: text.includes('"x"') ? v.object({ id: v.number() }) : item });

  expect(() => {
    list.add(bytesOf(text));
    list.end();
  }).toThrow(expected);
});

test("JsonListReader fails with nothing but a ProbeError, whatever arrives", () => {
  const sign = fc.constantFrom(...'[ ] { } " , : \\ 1 a \n'.split(" "), " ", '"items"', "null", "é");
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
      const list = reader({ field: "items" });
      try {
        for (const part of signs) list.add(bytesOf(part));
        list.end();
      } catch (error) {
        expect(error).toBeInstanceOf(ProbeError);
      }
    }),
  );
});

test("JsonListReader gives up on an item without end", () => {
  const list = reader({});
  const part = bytesOf(`"${"x".repeat(300_000)}`);

  list.add(bytesOf("["));

  expect(() => {
    for (let round = 0; round < 5; round++) list.add(round === 0 ? part : part.subarray(1));
  }).toThrow("more than 1000000 characters without an end");
});

function reader({ field, item = v.unknown() }: { field?: string | undefined; item?: v.GenericSchema }) {
  return new JsonListReader({ name: "the answer", item, field });
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
