/** The one logger: talk goes to stderr, one tag per layer, one line an event, static sentences with fields. */

import { formatWithOptions, styleText } from "node:util";
import { type ConsolaInstance, createConsola, type LogObject, type LogType } from "consola/core";
import { folded } from "../core/text/folded.ts";
import { redactText } from "../core/text/redaction.ts";

const COLOURS: Partial<Record<LogType, "red" | "yellow" | "cyan">> = {
  fatal: "red",
  error: "red",
  warn: "yellow",
  info: "cyan",
};

/** Info and above, or debug with `OPERATOR_DEBUG=1`; stdout is for data only. */
export const log: ConsolaInstance = createConsola({
  level: process.env["OPERATOR_DEBUG"] ? 4 : 3,
  reporters: [{ log: (event) => void process.stderr.write(`${formatEvent(event, columnsOf(process.stderr))}\n`) }],
});

/**
 * One event as one line with the time, where a file is written; folded and with a colour where a person reads.
 * @param columns Width of the terminal; absent without one.
 */
export function formatEvent({ type, tag, date, args }: LogObject, columns?: number): string {
  const colors = columns !== undefined;
  const level = colors ? styleText(COLOURS[type] ?? "gray", `[${type}]`) : `${date.toISOString()} [${type}]`;
  const words = args.map((arg: unknown) => (arg instanceof Error ? arg.message : arg));
  // A person may have typed an address with its password where it does not belong.
  const text = redactText(formatWithOptions({ breakLength: Number.POSITIVE_INFINITY, colors }, ...words));
  const lines = [level, ...(tag ? [`[${tag}]`] : []), text].join(" ").split("\n");
  return lines.flatMap((line) => folded(line, columns ?? Number.POSITIVE_INFINITY)).join("\n");
}

/** A terminal that does not know its size says 0. */
function columnsOf({ isTTY, columns }: Pick<NodeJS.WriteStream, "isTTY" | "columns">): number | undefined {
  return isTTY ? columns || 80 : undefined;
}
