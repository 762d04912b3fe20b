/** A whole ticket of which a test says only what it is about. */

import type { Ticket } from "../../../src/core/tickets/ticket.ts";

/** An open ticket of `answers` at `node/1`. */
export function sampleTicket(about: Partial<Ticket> = {}): Ticket {
  const { on = "node/1", summary = "It does not answer", reason = "refused" } = about;
  return {
    id: 1,
    instance: 1,
    invariant: "answers",
    on,
    entity: on,
    severity: "critical",
    symptom: "unreachable",
    state: "open",
    held: false,
    verdict: "violated",
    reason,
    summary,
    figures: {},
    problem: { reason, summary },
    affected: 1,
    violated: 1,
    firstViolatedAtMs: 0,
    beganAtMs: 0,
    openedAtMs: 0,
    reopenCount: 0,
    ...about,
  };
}
