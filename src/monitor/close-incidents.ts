/** Closes incidents that nobody holds, once their tickets are resolved and their cause is gone. */

import type { Checkup } from "../core/subject/checkup.ts";
import { isRunning } from "../core/system/term.ts";
import type { CauseState, ClosingRecord } from "../core/tickets/closing.ts";
import { closingRefusal, type Incident, mayMove, outcomeOf } from "../core/tickets/incident.ts";
import { ticketKey } from "../core/tickets/ticket-record.ts";
import { incidentLease } from "../core/words/lease.ts";
import type { Change, Database, OpenTicket } from "../database/mod.ts";
import { causeStateOf, confirmedCauses } from "./cause-state.ts";
import { withdrawRuns } from "./incidents.ts";
import type { CheckupOptions } from "./options.ts";

/** What was found of an incident that recovers. */
export interface Verified {
  readonly incident: Incident;
  readonly causeState: CauseState;
  readonly record: ClosingRecord;
}

/** Milliseconds after which an incident that is being acted upon, by nobody who holds it, has been left. */
const ABANDONED_AFTER_MS = 600_000;

/** Looks for the causes of incidents that nobody works on and of which no ticket is violated any more. */
export async function verifyRecovering(
  options: CheckupOptions,
  checkup: Checkup,
  resolving: ReadonlySet<string>,
): Promise<readonly Verified[]> {
  const closing = recovering(options, resolving).filter((one) => !suffersStill(one, checkup, options));
  return Promise.all(
    closing.map(async ({ incident, quietSinceMs }) => {
      const { causeState, record } = await causeStateOf(incident, { checkup, quietSinceMs }, options);
      return { incident, causeState, record };
    }),
  );
}

/** Milliseconds after its last ticket in which what is violated on the component at fault may become another one of it. */
export const AFTERMATH_MS = 30_000;

/**
 * Whether something that has no ticket yet is violated on a component that was at fault: windows of figures still hold what it
 * did. Where no cause was confirmed, it may be any that a ticket speaks of.
 */
function suffersStill(
  { incident: { id, instance }, quietSinceMs }: Recovering,
  { judgements, picture: { atMs } }: Checkup,
  { database }: CheckupOptions,
): boolean {
  if (quietSinceMs !== undefined && atMs - quietSinceMs >= AFTERMATH_MS) return false;
  const blamed = confirmedCauses(database.incidents.diagnoses(id)).map(({ component }) => component);
  const ticketed = blamed.length > 0 ? [] : database.incidents.tickets(id).map(({ on }) => on);
  const atFault = new Set<string>([...blamed, ...ticketed]);
  const violated = judgements.filter(({ on, verdict }) => verdict === "violated" && atFault.has(on));
  if (violated.length === 0) return false;
  const known = new Set(database.incidents.openTickets(instance).map(ticketKey));
  return violated.some((judgement) => !known.has(ticketKey(judgement)));
}

interface Recovering {
  readonly incident: Incident;
  /** Epoch milliseconds at which the last ticket was resolved; absent while one is open. */
  readonly quietSinceMs: number | undefined;
}

function recovering(options: CheckupOptions, resolving: ReadonlySet<string>): readonly Recovering[] {
  const { database, instance } = options;
  const byIncident = Map.groupBy(database.incidents.openTickets(instance.id), ({ incident }) => incident);
  // One whose tickets have all come to others has nothing left to wait for.
  return database.incidents
    .list({ instance: instance.id, unresolved: true })
    .flatMap((incident): readonly Recovering[] => {
      const { id } = incident;
      const open = (byIncident.get(id) ?? []).filter(
        (ticket) => keepsOpen(ticket) && !resolving.has(ticketKey(ticket)),
      );
      if (open.some(({ verdict }) => verdict === "violated") || isHeld(options, id)) return [];
      const quietSinceMs = Math.max(0, ...database.incidents.tickets(id).map(({ resolvedAtMs = 0 }) => resolvedAtMs));
      return [{ incident, quietSinceMs: open.length > 0 || quietSinceMs === 0 ? undefined : quietSinceMs }];
    });
}

/** What a person holds keeps nothing open. */
function keepsOpen({ state, held }: Pick<OpenTicket, "state" | "held">): boolean {
  return state === "open" && !held;
}

/** Closes what may be closed; all that was found out before is asked again here, inside the transaction. */
export function closeIncidents(options: CheckupOptions, verified: readonly Verified[], atMs: number): void {
  const { database, actor } = options;
  for (const { incident: earlier, causeState, record } of verified) {
    const incident = database.incidents.get(earlier.id);
    if (incident?.state !== earlier.state || isHeld(options, earlier.id)) continue;
    if (!sameRecord(record, incident.closing)) database.incidents.keepClosing(incident.id, record);
    const openTickets = database.incidents.tickets(incident.id).filter(keepsOpen).length;
    if (closingRefusal({ openTickets, causeState }) !== undefined) continue;
    const reason = reasonOf(options, incident, { causeState, record });
    if (mayMove(incident.state, "resolved")) close(database, incident, { atMs, actor, reason });
    else if (isAbandoned(database, incident, atMs)) {
      database.incidents.move(incident.id, {
        to: "escalated",
        atMs,
        actor,
        reason: "Nobody continues the action; every ticket is resolved",
      });
    }
  }
}

function isHeld({ database, clock }: CheckupOptions, incident: number): boolean {
  return database.leases.current(incidentLease(incident), clock.now()) !== undefined;
}

function sameRecord(a: ClosingRecord, b: ClosingRecord | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b ?? { claims: {} });
}

function close(database: Database, { id, state }: Incident, by: Change): void {
  const actors = [
    ...database.incidents.transitions(id).map(({ actor }) => actor),
    ...database.incidents
      .tickets(id)
      .flatMap((ticket) => database.tickets.transitions(ticket.id).map(({ actor }) => actor)),
  ];
  withdrawRuns(database, id, { ...by, reason: `incident ${id} is resolved` });
  database.incidents.move(id, { ...by, to: "resolved", outcome: outcomeOf(state, actors) });
}

function reasonOf(
  { database, instance }: CheckupOptions,
  { id, beganAtMs }: Incident,
  { causeState, record }: Pick<Verified, "causeState" | "record">,
): string {
  if (database.incidents.tickets(id).length === 0) return "All of its tickets are in other incidents";
  if (causeState === "remains") return `Recovered, cause still there: ${(record.remains ?? []).join("; ")}`;
  if (causeState === "gone") return "Every ticket is resolved and the cause is gone";
  const compared = database.pictures.at(instance.id, beganAtMs - 1) !== undefined;
  const note = compared ? "" : "; no look from before it began is on record to compare with";
  if (confirmedCauses(database.incidents.diagnoses(id)).length > 0) {
    return `Every ticket is resolved; nothing of the cause could last${note}`;
  }
  return `Every ticket is resolved; no cause was confirmed${note}`;
}

function isAbandoned(database: Database, { id }: Incident, atMs: number): boolean {
  const sinceMs = database.incidents.transitions(id).at(-1)?.atMs ?? atMs;
  return !isRunning({ fromMs: sinceMs, untilMs: sinceMs + ABANDONED_AFTER_MS }, atMs);
}
