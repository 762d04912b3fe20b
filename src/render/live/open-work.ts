/** Incidents, actions and tickets that are open, one line each. */

import { commandOf } from "../../core/safety/action-command.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { Incident } from "../../core/tickets/incident.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { ActionRunView } from "../../runtime/views/action-run.ts";
import { summaryBeside } from "../summary.ts";

/** What somebody still has to do something about. */
export interface OpenWork {
  /** Those that are not resolved. */
  readonly incidents: readonly Pick<Incident, "id" | "state" | "title">[];
  readonly tickets: readonly Pick<Ticket, "id" | "held" | "invariant" | "on" | "affected" | "problem">[];
  /** Those that wait, run or are being verified. */
  readonly actions: readonly ActionRunView[];
}

const MOST_LINES = 4;

/** Incidents, then what is done about them, then tickets; none at all where nothing is open. */
export function renderOpenWork({ incidents, actions, tickets }: OpenWork): readonly string[] {
  return [
    ...cutOff(
      incidents.map(({ id, state, title }) => `incident ${id} ${state}: ${excerptOf(title)}`),
      "incidents",
    ),
    ...cutOff(
      actions.map(({ run, waits }) => {
        return `action ${run.id} ${run.state}: ${commandOf(run)}${waits === undefined ? "" : `: ${waits}`}`;
      }),
      "actions",
    ),
    ...cutOff(
      tickets.map(
        ({ id, held, invariant, on, affected, problem }) =>
          `ticket ${id} open${held ? ", held" : ""}: ${invariant} of ${on}: ${excerptOf(summaryBeside(on, problem.summary))}${moreOf(affected)}`,
      ),
      "tickets",
    ),
  ];
}

function moreOf(affected: number): string {
  return affected > 1 ? ` (and ${affected - 1} more)` : "";
}

function cutOff(lines: readonly string[], noun: string): readonly string[] {
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more open ${noun}`] : lines;
}
