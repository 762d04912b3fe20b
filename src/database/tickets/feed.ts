/** Everything that happened to an instance since a position, written by any process: how processes see each other's changes. */

import type { Database as Sqlite } from "bun:sqlite";
import type { SaidEvent } from "../../core/system/timeline.ts";
import type { Incident, IncidentTransition } from "../../core/tickets/incident.ts";
import type { Ticket, TicketTransition } from "../../core/tickets/ticket.ts";
import type { EntityId } from "../../core/words/ids.ts";
import { type CheckupRow, checkupStore } from "../checkups.ts";
import { eventStore, type StoredEvent } from "./events.ts";
import { incidentTransitionsAfter } from "./incidents.ts";
import { type StepNews, stepsAfter } from "./investigations.ts";
import { ticketTransitionsAfter } from "./ticket-rows.ts";

/** A changed verdict of an entity; the first one has no `from`. */
export interface VerdictChange extends SaidEvent {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  readonly invariant: string;
  readonly entity: EntityId;
  readonly summary: string;
}

/** One item of the feed. */
export type FeedItem =
  | { readonly kind: "verdict"; readonly atMs: number; readonly change: VerdictChange }
  | { readonly kind: "ticket"; readonly atMs: number; readonly ticket: Ticket; readonly transition: TicketTransition }
  | {
      readonly kind: "incident";
      readonly atMs: number;
      readonly incident: Incident;
      readonly transition: IncidentTransition;
    }
  | (StepNews & { readonly kind: "step"; readonly atMs: number })
  | { readonly kind: "checkup"; readonly atMs: number; readonly checkup: CheckupRow };

/** The position of a reader: the last ids that it has read. */
export interface Cursor {
  readonly event: number;
  readonly ticket: number;
  readonly incident: number;
  /** Of an investigation. */
  readonly step: number;
  readonly checkup: number;
}

/** New items, and the next position. */
export interface FeedPage {
  /** In order of kind: verdicts, tickets, incidents, steps of investigations, checkups; each oldest first. */
  readonly items: readonly FeedItem[];
  readonly position: Cursor;
}

/** Reads new items. */
export interface FeedStore {
  /** The current end of the feed. */
  end(): Cursor;
  after(instance: number, position: Cursor): FeedPage;
}

/** The store of one connection. */
export function feedStore(sqlite: Sqlite): FeedStore {
  const events = eventStore(sqlite);
  const checkups = checkupStore(sqlite);
  return {
    end: () => {
      return {
        event: lastId(sqlite, "events"),
        ticket: lastId(sqlite, "ticket_transitions"),
        incident: lastId(sqlite, "incident_transitions"),
        step: lastId(sqlite, "investigation_steps"),
        checkup: lastId(sqlite, "checkups"),
      };
    },
    after: (instance, position) => {
      const happened = events.after(instance, position.event);
      const ticketed = ticketTransitionsAfter(sqlite, instance, position.ticket);
      const moved = incidentTransitionsAfter(sqlite, instance, position.incident);
      const stepped = stepsAfter(sqlite, instance, position.step);
      const checked = checkups.after(instance, position.checkup);
      return {
        items: [
          ...happened.flatMap(verdictItem),
          ...ticketed.map((pair): FeedItem => ({ kind: "ticket", atMs: pair.transition.atMs, ...pair })),
          ...moved.map((pair): FeedItem => ({ kind: "incident", atMs: pair.transition.atMs, ...pair })),
          ...stepped.map((news): FeedItem => ({ kind: "step", atMs: news.step.atMs, ...news })),
          ...checked.map((checkup): FeedItem => ({ kind: "checkup", atMs: checkup.atMs, checkup })),
        ],
        position: {
          event: happened.at(-1)?.id ?? position.event,
          ticket: ticketed.at(-1)?.transition.id ?? position.ticket,
          incident: moved.at(-1)?.transition.id ?? position.incident,
          step: stepped.at(-1)?.step.id ?? position.step,
          checkup: checked.at(-1)?.id ?? position.checkup,
        },
      };
    },
  };
}

/** A change of reason is part of its ticket's items. */
function verdictItem({ id, instance, atMs, event, invariant, of: entity, summary, said }: StoredEvent) {
  if (!said || invariant === undefined || event === "reason-changed") return [];
  const change = { id, instance, atMs, invariant, entity, summary, ...said };
  return [{ kind: "verdict", atMs, change } satisfies FeedItem];
}

function lastId(sqlite: Sqlite, table: string): number {
  return sqlite.query<{ id: number | null }, []>(`SELECT max(id) AS id FROM ${table}`).get()?.id ?? 0;
}
