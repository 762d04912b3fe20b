import { expect, test } from "bun:test";
import * as v from "valibot";
import { InvalidInputError } from "../../../src/core/text/errors.ts";
import { isObject, parse } from "../../../src/core/text/parse.ts";

const Schema = v.object({ rules: v.object({ limit: v.pipe(v.number("Expected a number"), v.integer()) }) });

test("parse() gives the output of the schema", () => {
  expect(parse(Schema, { rules: { limit: 5 } }, 'input of "x"')).toEqual({ rules: { limit: 5 } });
});

test("parse() refuses at a path", () => {
  const reading = (): unknown => parse(Schema, { rules: { limit: "many" } }, 'input of "x"');

  expect(reading).toThrow(new InvalidInputError('Cannot use input of "x" at "rules.limit": Expected a number'));
});

test.each([
  [v.picklist(["add", "remove"]), "swap", 'it is "swap", expected one of add, remove'],
  [v.number(), "x", 'it is "x", expected a number'],
  [v.string(), 5, "it is 5, expected text"],
  [v.pipe(v.number(), v.integer()), 1.5, "it is 1.5, expected a whole number"],
  [v.pipe(v.number(), v.maxValue(10)), 11, "it is 11, expected at most 10"],
  [v.pipe(v.number(), v.gtValue(0)), 0, "it is 0, expected more than 0"],
  [v.object({}), "x", 'it is "x", expected an object'],
] as const)("parse() says in words what does not fit: %#", (schema, input, words) => {
  expect(() => parse(schema, input, "it")).toThrow(`Cannot use it at ".": ${words}`);
});

test("isObject() is true of what has named fields only", () => {
  expect([{}, { a: 1 }, [], null, "a", undefined].map(isObject)).toEqual([true, true, false, false, false, false]);
});
