/** How an incident stands in one phrase, its cause in one sentence, and what that brings about in one line. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { formatDurationMs } from "../../core/text/units.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import { ageOf } from "../time.ts";

/** Why, and how sure that is. */
export function causeWords(diagnosis: Diagnosis | undefined): string {
  if (!diagnosis) return "not diagnosed yet";
  const { cause, confidence } = diagnosis;
  if (!cause) return "no cause was found";
  return `${cause.mechanism} of ${cause.component}, ${cause.verdict} (confidence ${confidence}): ${excerptOf(cause.summary, 160)}`;
}

/** From the root to everything that it brings about, step by step; nothing where it stays where it is. */
export function chainWords({ cause, propagation }: Pick<Diagnosis, "cause" | "propagation">): string | undefined {
  if (!cause) return undefined;
  const reached = new Set<string>([cause.component]);
  const stages: string[] = [cause.component];
  for (let stage: readonly string[] = [cause.component]; stage.length > 0; ) {
    const next = propagation.filter(({ from, to }) => stage.includes(from) && !reached.has(to)).map(({ to }) => to);
    stage = [...new Set(next)];
    for (const id of stage) reached.add(id);
    if (stage.length > 0) stages.push(namesOf(stage));
  }
  return stages.length > 1 ? stages.join(" → ") : undefined;
}

/** Where an incident is, and how it ended. */
export function endOf({ state, outcome, mergedInto, linkedTo, closing }: Incident): string {
  if (mergedInto !== undefined) return `merged into ${mergedInto}`;
  if (linkedTo !== undefined && state !== "resolved") return `linked to ${linkedTo}`;
  if (outcome === undefined) return state;
  return `${state} by ${outcome}${closing?.remains ? ", cause still there" : ""}`;
}

/** Where it is, and how long it has lasted or did last. */
export function standingWords(incident: Incident, nowMs: number): string {
  const { beganAtMs, resolvedAtMs } = incident;
  if (resolvedAtMs === undefined)
    return `${endOf(incident)}${incident.state === "open" ? "" : ", open"} for ${ageOf(beganAtMs, nowMs)}`;
  return `${endOf(incident)} after ${formatDurationMs(Math.round((resolvedAtMs - beganAtMs) / 1000) * 1000)}`;
}

/** Names of one stage at most. */
const MOST_NAMES = 4;

function namesOf(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMES;
  return `${ids.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
