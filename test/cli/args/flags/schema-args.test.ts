import { expect, test } from "bun:test";
import * as v from "valibot";
import { argsOfSchema } from "../../../../src/cli/args/flags/schema-args.ts";
import { Count } from "../../../../src/core/text/units.ts";

test("argsOfSchema() makes a flag of each entry, with its text, words and default", () => {
  const schema = v.pipe(
    v.object({
      nodeCount: v.optional(v.pipe(Count, v.description("How many"), v.metadata({ hint: "count" })), "3"),
      mode: v.optional(v.pipe(v.picklist(["fast", "safe"]), v.description("How")), "safe"),
      with: v.optional(v.pipe(v.picklist(["extra"]), v.description("What else"))),
      quiet: v.optional(v.pipe(v.boolean(), v.description("Say less"))),
    }),
    v.transform(() => "made"),
  );

  expect(argsOfSchema(schema)).toEqual({
    "node-count": { type: "string", description: "How many", valueHint: "count", default: "3" },
    mode: { type: "enum", options: ["fast", "safe"], description: "How", default: "safe" },
    with: { type: "enum", options: ["extra"], description: "What else" },
    quiet: { type: "boolean", description: "Say less" },
  });
});
