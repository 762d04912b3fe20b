import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { actionFields, checkFieldNames } from "../../../src/core/subject/action-fields.ts";

const SCHEMA = v.object({
  node: v.pipe(v.string(), v.description('Number of the node, for instance "2".')),
  limit: v.optional(v.pipe(v.number(), v.description("Units per window."))),
  mode: v.optional(v.pipe(v.picklist(["soft", "hard"]), v.description("How."))),
});

test("actionFields() names the arguments in their order, and which of them may be left out", () => {
  expect(actionFields(SCHEMA)).toEqual([
    { name: "node", isOptional: false, description: 'Number of the node, for instance "2".', choices: [] },
    { name: "limit", isOptional: true, description: "Units per window.", choices: [] },
    { name: "mode", isOptional: true, description: "How.", choices: ["soft", "hard"] },
  ]);
  expect(actionFields(v.string())).toEqual([]);
});

describe("checkFieldNames()", () => {
  test.each([
    ["one that is missing", {}, 'Missing node=…: Number of the node, for instance "2"'],
    ["one that is unknown", { node: "2", foo: "1" }, 'Cannot use "foo=": drain takes node=…, limit=…, mode=…'],
    [
      "one that is misspelt",
      { nod: "2" },
      'Cannot use "nod=": drain takes node=…, limit=…, mode=…, did you mean "node"',
    ],
  ])("refuses %s", (_, given, message) => {
    expect(() => checkFieldNames("drain", SCHEMA, given)).toThrow(message);
  });

  test("takes what is optional or absent, and leaves what is no object to its schema", () => {
    expect(() => checkFieldNames("drain", SCHEMA, { node: "2" })).not.toThrow();
    expect(() => checkFieldNames("drain", SCHEMA, { node: "2", limit: "5" })).not.toThrow();
    expect(() => checkFieldNames("set", v.record(v.string(), v.string()), { any: "1" })).not.toThrow();
  });

  test("names the words that one may be", () => {
    const schema = v.object({ mode: v.pipe(v.picklist(["soft", "hard"]), v.description("How.")) });

    expect(() => checkFieldNames("drain", schema, {})).toThrow("Missing mode=…: How. One of soft, hard");
  });

  test("says that an action takes none", () => {
    expect(() => checkFieldNames("ping", v.object({}), { a: "1" })).toThrow('Cannot use "a=": ping takes no argument');
  });
});
