/** Actions that can be proposed, as text. */

import type * as v from "valibot";
import type { BoundAction } from "../../core/subject/action.ts";
import { actionFields, fieldWords } from "../../core/subject/action-fields.ts";
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
  return actionFields(schema).map((field) => [
    field.isOptional ? `[${field.name}=…]` : `${field.name}=…`,
    fieldWords(field).join(""),
  ]);
}
