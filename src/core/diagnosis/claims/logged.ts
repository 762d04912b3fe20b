/** `logged`: how often a component wrote something into its log since a moment. */

import * as v from "valibot";
import { formatIso } from "../../text/units.ts";
import { IdText } from "../../words/ids.ts";
import { decided, defineClaim, unknown } from "./kind.ts";

/** It is stored history, which never lasts. That something was not written can only be said of a log that goes back far enough. */
export const logged = defineClaim({
  schema: v.object({
    kind: v.literal("logged"),
    component: IdText,
    /** Text that a line contains, in any case. */
    contains: v.pipe(v.string(), v.minLength(2)),
    /** Epoch milliseconds. */
    sinceMs: v.number(),
    /** Lines at least. */
    count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  evaluate({ component, contains, sinceMs, count }, { logs = [] }) {
    const events = logs.find((log) => log.component === component)?.events ?? [];
    const lines = events.filter(
      ({ atMs, message }) => atMs >= sinceMs && message.toLowerCase().includes(contains.toLowerCase()),
    );
    const newest = lines.at(-1);
    const said = newest ? `, the newest at ${formatIso(newest.atMs)}: ${newest.message}` : "";
    const figure = `${component} wrote "${contains}" ${lines.length} times since ${formatIso(sinceMs)}${said}`;
    if (lines.length >= count) return decided(true, figure);
    const [first] = events;
    return first && first.atMs <= sinceMs
      ? decided(false, figure)
      : unknown(`${figure}; what it wrote is not all known`);
  },
  persists: () => false,
  words: ({ component, contains, count }) => `${component} wrote "${contains}" at least ${count} times`,
});
