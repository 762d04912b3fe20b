/** Whether a ticket that opens again shows the trouble that it showed before, or another one. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { contradictionOf } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { isRunning } from "../core/system/term.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { RoundOutcome } from "../core/tickets/round.ts";
import { ticketKey } from "../core/tickets/ticket-record.ts";
import { confirmedCauses } from "./cause-state.ts";
import { AFTERMATH_MS } from "./close-incidents.ts";
import type { CheckupOptions } from "./options.ts";

/**
 * Keys of the tickets that open again although every confirmed cause of the incident that they were in is surely gone. Where
 * no cause was confirmed, or it cannot be seen, they count as the same trouble, and so does what comes soon after: a cause
 * leaves something behind.
 */
export async function unrelatedTickets(
  options: CheckupOptions,
  now: Checkup,
  { tickets }: RoundOutcome,
): Promise<ReadonlySet<string>> {
  const reopened = tickets.filter(({ change }) => change === "reopened").map(({ record }) => record);
  const keys = await Promise.all(
    reopened.map(async (record) => {
      const ticket = options.database.tickets.newest(options.instance.id, record);
      const isGone = ticket !== undefined && (await isCauseGone(ticket.id, now, options));
      return isGone ? [ticketKey(record)] : [];
    }),
  );
  return new Set(keys.flat());
}

function isRecent({ resolvedAtMs = 0 }: Incident, { picture: { atMs } }: Checkup): boolean {
  return isRunning({ fromMs: resolvedAtMs, untilMs: resolvedAtMs + AFTERMATH_MS }, atMs);
}

async function isCauseGone(
  ticket: number,
  now: Checkup,
  { database, series, signal }: CheckupOptions,
): Promise<boolean> {
  const incident = database.incidents.ofTicket(ticket);
  if (incident?.state !== "resolved" || isRecent(incident, now)) return false;
  const causes = confirmedCauses(database.incidents.diagnoses(incident.id));
  const gone = await Promise.all(
    causes.map(
      async (cause) => contradictionOf(cause, await freshEvidence(cause, now, { series, signal })) !== undefined,
    ),
  );
  return gone.length > 0 && gone.every(Boolean);
}
