/** Actions that can be proposed, as text. */

import * as v from "valibot";
import type { BoundAction } from "../../core/subject/action.ts";
import { isSchema } from "../../core/text/secret.ts";
import { tableLines } from "../table.ts";

/** Each action with its risk and what it does; below it its arguments. */
export function renderOffered(
  actions: readonly Pick<BoundAction, "id" | "risk" | "description" | "input">[],
): readonly string[] {
  return actions.flatMap(({ id, risk, description, input }, index) => [
    ...(index === 0 ? [] : [""]),
    `${id} (${risk})`,
    `  ${description}`,
    ...tableLines(fieldsOf(input)).map((line) => `  ${line}`),
  ]);
}

function fieldsOf(schema: v.GenericSchema): readonly (readonly string[])[] {
  if (!("entries" in schema) || typeof schema.entries !== "object" || schema.entries === null) return [];
  return Object.entries(schema.entries).flatMap(([name, field]) => {
    if (!isSchema(field)) return [];
    const isOptional = field.type === "optional" || field.type === "exact_optional";
    const inner = "wrapped" in field && isSchema(field.wrapped) ? field.wrapped : field;
    const description = v.getDescription(field) ?? v.getDescription(inner) ?? "";
    return [[isOptional ? `[${name}=…]` : `${name}=…`, description]];
  });
}
