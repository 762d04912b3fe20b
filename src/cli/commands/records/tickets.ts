/** `operator tickets`: what a watch has filed, and what a person decides on it. */

import * as v from "valibot";
import { DurationMs } from "../../../core/text/units.ts";
import { SEVERITIES } from "../../../core/tickets/headline.ts";
import type { TicketFilter, TicketStep } from "../../../database/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { renderTicket, renderTickets } from "../../../render/records/ticket.ts";
import { openStored, openToChange } from "../../../runtime/databases.ts";
import { instanceOf, instancesOf, namedInstances, nameOf, saidOfNone } from "../../../runtime/instances.ts";
import { byHand } from "../../../runtime/person.ts";
import { listedTickets } from "../../../runtime/views/lists.ts";
import { ticketView } from "../../../runtime/views/ticket.ts";
import { command, type Runnable } from "../../args/command.ts";
import {
  INSTANCE_ARGS,
  InstanceOptions,
  Limit,
  RowId,
  STORED_ARGS,
  StoredOptions,
} from "../../args/flags/stored-flags.ts";
import { printJson, printText, talkOf, terminalColumns } from "../../args/output.ts";
import { found } from "../../args/wording.ts";

const STATES = ["open", "held", "resolved"] as const;

const FILTERS: Readonly<Record<(typeof STATES)[number], Pick<TicketFilter, "state" | "held">>> = {
  open: { state: "open" },
  held: { state: "open", held: true },
  resolved: { state: "resolved" },
};

/** Open tickets, the most urgent first; all of them on request. */
const list: Runnable = command({
  name: "tickets list",
  args: {
    all: { type: "boolean", description: "Include resolved ones" },
    severity: { type: "enum", options: [...SEVERITIES], description: "Only those of this severity" },
    state: { type: "enum", options: [...STATES], description: "Only those in this state; open without --all" },
    invariant: { type: "string", description: "Only those of this invariant", valueHint: "invariant" },
    component: { type: "string", description: "Only those of this component", valueHint: "component" },
    since: { type: "string", description: "Only those opened or resolved within this time", valueHint: "duration" },
    limit: { type: "string", default: "100", description: "Newest tickets at most, per instance", valueHint: "count" },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({
    all: v.optional(v.boolean(), false),
    severity: v.optional(v.picklist(SEVERITIES)),
    state: v.optional(v.picklist(STATES)),
    invariant: v.optional(v.string()),
    component: v.optional(v.string()),
    since: v.optional(DurationMs),
    limit: Limit,
    ...InstanceOptions,
    ...StoredOptions,
  }),
  async run({ all, state, since, json, db, home, subject, name, ...filter }, { log }) {
    using database = openStored({ db, home });
    const nowMs = systemClock.now();
    const instances = await namedInstances(database, { subject, name, home });
    const wanted = state ?? (all ? undefined : "open");
    const chosen = await listedTickets(
      database,
      { instances, nowMs },
      { ...filter, ...(wanted && FILTERS[wanted]), sinceMs: since === undefined ? undefined : nowMs - since },
    );
    if (json) return chosen.forEach((ticket) => printJson(instanceOf(database, ticket), ticket));
    if (chosen.length > 0)
      return printText(instancesOf(database, chosen), ...renderTickets(chosen, nameOf(instances), nowMs));
    const { severity, invariant, component } = filter;
    const isFiltered = [severity, invariant, component, since].some((word) => word !== undefined);
    const none = wanted === undefined ? "There is no ticket" : `No ticket is ${wanted}`;
    log.info(saidOfNone(`${none}${isFiltered ? " by these filters" : ""}`, database));
  },
});

/** One ticket with its history and its evidence. */
const show: Runnable = command({
  name: "tickets show",
  args: { id: { type: "positional", description: "Number of the ticket" }, ...STORED_ARGS },
  options: v.object({ id: RowId, ...StoredOptions }),
  async run({ id, json, ...place }) {
    using database = openStored(place);
    const view = found(ticketView(database, id, systemClock.now()), `ticket ${id}`, "operator tickets list --all");
    if (json) printJson(view.instance, view);
    else printText(view.instance, ...renderTicket(view, terminalColumns()));
  },
});

/** The commands by name. A held ticket is in a person's hand: nothing automatic touches it. */
export const tickets = {
  list,
  show,
  hold: changing("hold", "held"),
  unhold: changing("unhold", "unheld"),
  resolve: changing("resolve", "resolved"),
  reopen: changing("reopen", "reopened"),
} as const satisfies Readonly<Record<string, Runnable>>;

function changing(verb: string, change: TicketStep): Runnable {
  return command({
    name: `tickets ${verb}`,
    args: {
      id: { type: "positional", description: "Number of the ticket" },
      reason: { type: "string", description: "Why, for the record", default: "By hand" },
      ...STORED_ARGS,
    },
    options: v.object({ id: RowId, reason: v.string(), ...StoredOptions }),
    async run({ id, reason, json, ...place }, { log }) {
      using database = openToChange(place);
      const ticket = database.tickets.change(id, change, byHand(reason));
      const instance = instanceOf(database, ticket);
      if (json) printJson(instance, ticket);
      else talkOf(instance, log).info(`Ticket ${id} is ${change}: ${ticket.invariant} of ${ticket.on}`);
    },
  });
}
