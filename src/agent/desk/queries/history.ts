/** `history`: incidents of the same instance that are over, and what was found then. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField, isoOf } from "./fields.ts";

/** Past incidents, newest first, and the tickets of this one. */
export const history = defineQuery({
  name: "history",
  description: "Tickets of this incident, and incidents that are over: their titles, outcomes and causes.",
  input: v.object({ component: v.optional(ComponentField) }),
  answer({ component }, { case: given }) {
    const past = given.past
      .filter(
        ({ title, cause }) => component === undefined || cause?.component === component || title.includes(component),
      )
      .map(({ beganAtMs, resolvedAtMs, ...one }) => ({
        ...one,
        began: isoOf(beganAtMs),
        ...(resolvedAtMs !== undefined && { resolved: isoOf(resolvedAtMs) }),
      }));
    const tickets = given.tickets
      .filter(({ on }) => component === undefined || on === component)
      .map(({ violatedSinceMs, openedAtMs, ...one }) => ({
        ...one,
        violatedSince: isoOf(violatedSinceMs),
        opened: isoOf(openedAtMs),
      }));
    return { summary: `${tickets.length} tickets, ${past.length} past incidents`, value: { tickets, past } };
  },
});
