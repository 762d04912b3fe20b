/** The operator's record since a moment, by which a situation is scored. */

import type { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import type { ActionRun } from "../../core/safety/action-run.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket, TicketTransition } from "../../core/tickets/ticket.ts";
import type { Database } from "../../database/mod.ts";

/** A ticket with its changes. */
export interface RecordedTicket {
  readonly ticket: Ticket;
  /** Since the moment, oldest first. */
  readonly transitions: readonly TicketTransition[];
  /** Epoch milliseconds of the last look at which one of its entities turned to hold; absent where none did. */
  readonly heldSinceMs?: number;
}

/** An incident that was unresolved at some time since. */
export interface RecordedIncident {
  readonly incident: Incident;
  /** Since the moment, oldest first. */
  readonly diagnoses: readonly Diagnosis[];
  readonly tickets: readonly RecordedTicket[];
}

/** Everything since a moment. */
export interface SituationRecord {
  readonly tickets: readonly RecordedTicket[];
  readonly incidents: readonly RecordedIncident[];
  /** Action runs proposed since. */
  readonly runs: readonly ActionRun[];
  /** Whether an entity of any invariant does not hold now. */
  readonly isHealthy: boolean;
}

/** Of which instance, and from which moment on. */
export interface RecordScope {
  /** Id of the instance. */
  readonly instance: number;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
}

const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/** Reads it. */
export function readRecord(database: Database, { instance, sinceMs }: RecordScope): SituationRecord {
  const isRecent = ({ resolvedAtMs = FOREVER_MS }: { readonly resolvedAtMs?: number }): boolean =>
    resolvedAtMs >= sinceMs;
  const held = heldSince(database, { instance, sinceMs });
  const tickets = database.tickets
    .list({ instance })
    .filter(isRecent)
    .map((ticket): RecordedTicket => {
      const times = database.tickets
        .entities(ticket.id)
        .flatMap(({ entity }) => held.get(`${ticket.invariant} ${entity}`) ?? []);
      return {
        ticket,
        transitions: database.tickets.transitions(ticket.id).filter(({ atMs }) => atMs >= sinceMs),
        ...(times.length > 0 && { heldSinceMs: Math.max(...times) }),
      };
    });
  const byId = new Map(tickets.map((one) => [one.ticket.id, one]));
  const incidents = database.incidents.list({ instance }).filter(isRecent);
  return {
    tickets,
    incidents: incidents.map((incident) => ({
      incident,
      diagnoses: database.incidents.diagnoses(incident.id).filter(({ atMs }) => atMs >= sinceMs),
      tickets: database.incidents.tickets(incident.id).flatMap(({ id }) => byId.get(id) ?? []),
    })),
    runs: database.actionRuns.list({ instance }).filter(({ proposedAtMs }) => proposedAtMs >= sinceMs),
    isHealthy: isHealthy(database, instance),
  };
}

/** Whether everything that was judged holds now; what is left of a violation that was no ticket may still drain. */
export function isHealthy({ entityStates }: Pick<Database, "entityStates">, instance: number): boolean {
  const states = entityStates.load(instance);
  return states.length > 0 && states.every(({ verdict }) => verdict === "holds");
}

/** When each (invariant, entity) last turned to hold. */
function heldSince(database: Database, { instance, sinceMs }: RecordScope): ReadonlyMap<string, number> {
  const events = database.events.between(instance, { fromMs: sinceMs, toMs: FOREVER_MS });
  return new Map(
    events
      .filter(({ event }) => event === "holds-again")
      .map(({ invariant = "", of, atMs }) => [`${invariant} ${of}`, atMs]),
  );
}
