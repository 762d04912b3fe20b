/** What a person can do next about an incident, in one sentence. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { ActionRunView } from "../../runtime/views/action-run.ts";
import { commandOf } from "./action-run.ts";

/** What decides that. */
export interface Standing {
  readonly incident: Incident;
  /** Those of the incident. */
  readonly actions: readonly ActionRunView[];
  readonly diagnosis?: Pick<Diagnosis, "cause" | "suggestions">;
}

/** The command that helps where there is one; nothing for an incident that is resolved. */
export function nextStep({ incident, actions, diagnosis }: Standing): string | undefined {
  const { id, state, linkedTo } = incident;
  if (state === "resolved") return undefined;
  if (linkedTo !== undefined) return `See incident ${linkedTo}, which has its cause`;
  const busy = actions.find(({ run }) => run.state === "running" || run.state === "verifying");
  if (busy) return `Wait: action ${busy.run.id} is ${busy.run.state}`;
  const advised = actions.find(({ run, advice }) => run.state === "pending" && advice !== undefined);
  if (advised) return `${commandOf(advised.run)}. ${advised.advice}`;
  const waiting = actions.find(({ run }) => run.state === "pending");
  if (waiting) return `Wait: action ${waiting.run.id} ${excerptOf(waiting.waits ?? "is about to begin")}`;
  if (state === "investigating") return "Wait: it is under investigation";
  if (!diagnosis) return "Find the cause with: operator agent";
  if (!diagnosis.cause) return `Look at the evidence with: operator incidents show ${id}`;
  const [fix] = diagnosis.suggestions;
  if (!fix)
    return `No known action fixes this. When it is fixed by hand: operator incidents note ${id} "what was done"`;
  return `Propose the fix with: operator actions propose ${commandOf(fix)}`;
}
