/** `logs`: what a component wrote in a span of time. */

import * as v from "valibot";
import type { LogEvent } from "../../../core/system/logs.ts";
import { defineQuery, type QueryContext } from "../query.ts";
import { type LogSpan, NotAvailableError } from "../sources.ts";
import { ComponentField, isoOf, MomentField, mostOf } from "./fields.ts";

/** Milliseconds before the beginning of the incident from which lines are read, where no time is named. */
const LEAD_MS = 60_000;

const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;

/** Components whose logs are read at once at most. */
const MOST_LOGS = 40;

/** Log lines, newest last. */
export const logs = defineQuery({
  name: "logs",
  description:
    "Log lines in a span of time, oldest first, the newest where there are too many; of one component, or of all in the order in which they were written.",
  input: v.object({
    component: v.optional(ComponentField),
    from: v.optional(MomentField),
    to: v.optional(MomentField),
    contains: v.optional(v.pipe(v.string(), v.description("Text that a line must contain, in any case."))),
    atLeast: v.optional(v.picklist(LEVELS)),
    most: mostOf(100, 1000),
  }),
  async answer({ component, from, to, contains = "", atLeast = "debug", most }, context) {
    const sinceMs = from ?? context.case.incident.beganAtMs - LEAD_MS;
    const span = { sinceMs, untilMs: to ?? Number.MAX_SAFE_INTEGER };
    const lines =
      component === undefined
        ? await linesOfAll(span, context)
        : await context.sources.logs({ component, ...span }, context.signal);
    const wanted = new Set<string>([...LEVELS.slice(LEVELS.indexOf(atLeast)), "unknown"]);
    const fitting = lines.filter(
      ({ level, message }) => wanted.has(level) && message.toLowerCase().includes(contains.toLowerCase()),
    );
    const shown = fitting.slice(-most);
    return {
      summary: `${fitting.length} of ${lines.length} lines of ${component ?? "all"} since ${isoOf(sinceMs)}`,
      value: shown.map(({ atMs, component: of, ...line }) => ({
        at: isoOf(atMs),
        ...(component === undefined && { component: of }),
        ...line,
      })),
      logs: lines,
    };
  },
});

/** Of every component that has a log, by time. */
async function linesOfAll(
  span: Omit<LogSpan, "component">,
  { evidence, sources, signal }: QueryContext,
): Promise<readonly LogEvent[]> {
  const components = evidence.now.picture.components.slice(0, MOST_LOGS);
  const read = components.map(async ({ id: component }): Promise<readonly LogEvent[]> => {
    try {
      return await sources.logs({ component, ...span }, signal);
    } catch (error) {
      if (error instanceof NotAvailableError) return [];
      throw error;
    }
  });
  return (await Promise.all(read)).flat().toSorted((a, b) => a.atMs - b.atMs);
}
