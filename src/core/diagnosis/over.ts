/** That the cause of an incident is over while something that came of it is left, as it stands in the incident's history. */

import type { IncidentTransition } from "../tickets/incident.ts";
import type { Hypothesis } from "./hypothesis.ts";

const IS_OVER = "which is over";

/** The reason under which it is written down. */
export function overReason({ component, mechanism }: Pick<Hypothesis, "component" | "mechanism">): string {
  return `No cause was found other than ${mechanism} of ${component}, ${IS_OVER}`;
}

/** Whether the newest finding in a history is that. */
export function isCauseOver(history: readonly Pick<IncidentTransition, "to" | "reason">[]): boolean {
  return history.findLast(({ to }) => to === "diagnosed")?.reason.endsWith(IS_OVER) ?? false;
}
