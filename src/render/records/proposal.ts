/** Proposed actions as text. */

import type { Proposal } from "../../core/safety/proposal.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { tableLines } from "../table.ts";
import { ageOf } from "../time.ts";

/** One line of an action that was worked on. */
export function renderDone({ id, state, action, reason }: Proposal): string {
  return `action ${id} ${state}: ${action}: ${reason}`;
}

/** A table of actions, with a head; below each what it would send, or why it is where it is. */
export function renderActions(proposals: readonly Proposal[], nowMs: number): readonly string[] {
  const rows = proposals.map(({ id, state, risk, action, input, incident, proposedAtMs, preview, reason }) => [
    String(id),
    state,
    risk,
    String(incident),
    ageOf(proposedAtMs, nowMs),
    `${action} ${excerptOf(JSON.stringify(input))}`,
    excerptOf(state === "pending" ? `sends: ${preview.sends}` : reason, 120),
  ]);
  return tableLines([["ID", "STATE", "RISK", "INCIDENT", "PROPOSED", "ACTION", "WHY"], ...rows]);
}
