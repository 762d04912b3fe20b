/** An action with its arguments, in one line. */

import { plainLine } from "../text/plain.ts";
import type { ActionRun } from "./action-run.ts";

/** The action with its arguments, as it is proposed by hand. */
export function commandOf({ action, input }: Pick<ActionRun, "action" | "input">): string {
  if (typeof input !== "object" || input === null) return oneLine(`${action} ${JSON.stringify(input)}`);
  const fields = Object.entries(input).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return oneLine([action, ...fields].join(" "));
}

function oneLine(text: string): string {
  return plainLine(text).replaceAll(/\s+/g, " ").trim();
}
