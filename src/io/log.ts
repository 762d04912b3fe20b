/** The one logger: writes to stderr, with one tag per layer and one line per event, a static sentence with fields. */

import { formatWithOptions, styleText } from "node:util";
import { type ConsolaInstance, createConsola, type LogObject, type LogType } from "consola/core";
import { plainText, plainValue } from "../core/text/plain.ts";
import { redactText } from "../core/text/redaction.ts";
import { wordWrap } from "../core/text/word-wrap.ts";

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
 * Formats an event: one line with the time for a file; wrapped and coloured for a terminal.
 * @param columns Width of the terminal; absent without one.
 */
export function formatEvent({ type, tag, date, args }: LogObject, columns?: number): string {
  const colors = columns !== undefined;
  const level = colors ? styleText(COLOURS[type] ?? "gray", `[${type}]`) : `${date.toISOString()} [${type}]`;
  const text = formatWithOptions({ breakLength: Number.POSITIVE_INFINITY, colors }, ...args.map(plainArgument));
  const [first = "", ...more] = [level, ...(tag ? [`[${tag}]`] : []), redactText(text)].join(" ").split("\n");
  // Continuation lines are indented, so that no text can forge the beginning of an event.
  const lines = [first, ...more.map((line) => (line.startsWith("  ") ? line : `  ${line}`))];
  return lines.flatMap((line) => wordWrap(line, columns ?? Number.POSITIVE_INFINITY)).join("\n");
}

/** Errors, fields and sentences can contain foreign text; our colours are added afterwards. */
function plainArgument(arg: unknown): unknown {
  if (arg instanceof Error) return plainText(arg.message);
  return typeof arg === "string" ? plainText(arg) : plainValue(arg);
}

/** A terminal that does not know its size reports 0. */
function columnsOf({ isTTY, columns }: Pick<NodeJS.WriteStream, "isTTY" | "columns">): number | undefined {
  return isTTY ? columns || 80 : undefined;
}
