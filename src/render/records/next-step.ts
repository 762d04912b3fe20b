/** What a person can do next about an incident, in one sentence. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { commandOf } from "../../core/safety/action-command.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { ActionRunView } from "../../runtime/views/action-run.ts";

/** What decides that. */
export interface Standing {
  readonly incident: Incident;
  /** Those of the incident. */
  readonly actions: readonly ActionRunView[];
  readonly diagnosis?: Pick<Diagnosis, "cause" | "suggestions">;
  /** Whether its cause is over, while something that came of it is left. */
  readonly isOver?: boolean;
  readonly tickets?: readonly Pick<Ticket, "id">[];
  /** Whether the kill switch is in force, which refuses every proposal. */
  readonly halted?: boolean;
}

/** The command that helps where there is one, never one that must fail; nothing for an incident that is resolved. */
export function nextStep(standing: Standing): string | undefined {
  const { incident, actions, diagnosis, isOver = false, tickets = [], halted = false } = standing;
  const { id, state, linkedTo } = incident;
  if (state === "resolved") return undefined;
  if (linkedTo !== undefined)
    return `See incident ${linkedTo}, which has the same cause: operator incidents show ${linkedTo}`;
  const busy = actions.find(({ run }) => run.state === "running" || run.state === "verifying");
  if (busy) return `Wait: action ${busy.run.id} (${commandOf(busy.run)}) is ${busy.run.state}`;
  const advised = actions.find(({ run, advice }) => run.state === "pending" && advice !== undefined);
  if (advised) return `${commandOf(advised.run)}. ${advised.advice}`;
  const waiting = actions.find(({ run }) => run.state === "pending");
  if (waiting) return `Wait: action ${waiting.run.id} ${excerptOf(waiting.waits ?? "is about to begin")}`;
  if (state === "investigating") return "Wait: the investigation is under way";
  if (!diagnosis) return "Find the cause with: operator agent";
  // An inspection can be refused; what is on record can always be read.
  const read = `operator tickets show ${tickets[0]?.id ?? 1}`;
  if (!diagnosis.cause) return `Read what was seen with: ${read}`;
  if (isOver) return `The cause is over. Read what is left of it with: ${read}`;
  const [fix] = diagnosis.suggestions;
  if (fix && halted) return "Lift the halt with: operator resume";
  if (fix) return `Propose the fix with: operator actions propose ${commandOf(fix)}`;
  return `No known action fixes this. Record a manual fix with: operator incidents note ${id} "what was done"`;
}
