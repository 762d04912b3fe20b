/** `changes`: what was changed or happened, when, and by whom. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField, isoOf, MomentField, mostOf } from "./fields.ts";

/** Changes of configuration, version and process, what people did, and every other event of components and links. */
export const changes = defineQuery({
  name: "changes",
  description:
    "What changed and who changed it, and what else happened to components, links and verdicts, oldest first.",
  input: v.object({
    component: v.optional(ComponentField),
    from: v.optional(MomentField),
    to: v.optional(MomentField),
    most: mostOf(100, 1000),
  }),
  answer({ component, from = 0, to = Number.MAX_SAFE_INTEGER, most }, { case: given, evidence }) {
    const happened = evidence.timeline.map(({ atMs, event, of, to, summary }) => {
      return { atMs, component: of, what: event, summary, ...(to !== undefined && { to }) };
    });
    const done = given.changes.flatMap(({ by, ...change }) =>
      by === undefined ? [] : [{ ...change, what: "done", by }],
    );
    const fitting = [...happened, ...done]
      .filter(
        ({ atMs, ...one }) => atMs >= from && atMs <= to && (component === undefined || one.component === component),
      )
      .toSorted((a, b) => a.atMs - b.atMs);
    const value = fitting.slice(-most).map(({ atMs, ...one }) => ({ at: isoOf(atMs), ...one }));
    const configured = given.inspections.flatMap(({ id, component: of, difference }) =>
      difference && difference.changes.length > 0 && (component === undefined || component === of)
        ? [{ component: of, inspection: id, since: isoOf(difference.sinceMs), changes: difference.changes }]
        : [],
    );
    const summary = `${fitting.length} events, ${configured.length} inspections that differ from when all was well`;
    return { summary, value: { events: value, differences: configured } };
  },
});
