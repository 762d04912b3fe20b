/** What exactly is approved, as one short text. */

import { createHash } from "node:crypto";
import type { PlannedAction } from "../core/safety/action-run.ts";

/** Of the action, its arguments and what would be sent: the same for the same, whatever the order of fields. */
export function digestOf({ action, input, preview }: Pick<PlannedAction, "action" | "input" | "preview">): string {
  return createHash("sha256")
    .update(canonical([action, input, preview.sends]))
    .digest("hex");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
