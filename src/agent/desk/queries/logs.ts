/** `logs`: what a component wrote in a span of time. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { ComponentField, isoOf, MomentField, mostOf } from "./fields.ts";

/** Milliseconds before the beginning of the incident from which lines are read, where no time is named. */
const LEAD_MS = 60_000;

const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;

/** Log lines, newest last. */
export const logs = defineQuery({
  name: "logs",
  description: "Log lines of one component in a span of time, oldest first; the newest where there are too many.",
  input: v.object({
    component: ComponentField,
    from: v.optional(MomentField),
    to: v.optional(MomentField),
    contains: v.optional(v.pipe(v.string(), v.description("Text that a line must contain, in any case."))),
    atLeast: v.optional(v.picklist(LEVELS)),
    most: mostOf(100, 1000),
  }),
  async answer({ component, from, to, contains = "", atLeast = "debug", most }, { case: given, sources, signal }) {
    const sinceMs = from ?? given.incident.beganAtMs - LEAD_MS;
    const untilMs = to ?? Number.MAX_SAFE_INTEGER;
    const lines = await sources.logs({ component, sinceMs, untilMs }, signal);
    const wanted = new Set<string>([...LEVELS.slice(LEVELS.indexOf(atLeast)), "unknown"]);
    const fitting = lines.filter(
      ({ level, message }) => wanted.has(level) && message.toLowerCase().includes(contains.toLowerCase()),
    );
    const shown = fitting.slice(-most);
    return {
      summary: `${fitting.length} of ${lines.length} lines of ${component} since ${isoOf(sinceMs)}`,
      value: shown.map(({ atMs, level, message, fields }) => ({ at: isoOf(atMs), level, message, fields })),
      logs: lines,
    };
  },
});
