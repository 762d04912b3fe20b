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

test("isObject() is true of what has named fields only", () => {
  expect([{}, { a: 1 }, [], null, "a", undefined].map(isObject)).toEqual([true, true, false, false, false, false]);
});
