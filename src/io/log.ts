/** The one logger: talk goes to stderr, one tag per layer, one line an event, static sentences with fields. */

import { formatWithOptions, styleText } from "node:util";
import { type ConsolaInstance, createConsola, type LogObject, type LogType } from "consola/core";
import { withoutControls } from "../core/excerpt.ts";

const COLOURS: Partial<Record<LogType, "red" | "yellow" | "cyan">> = {
  fatal: "red",
  error: "red",
  warn: "yellow",
  info: "cyan",
};

/** Info and above, or debug with `OPERATOR_DEBUG=1`; stdout is for data only. */
export const log: ConsolaInstance = createConsola({
  level: process.env["OPERATOR_DEBUG"] ? 4 : 3,
  reporters: [{ log: (event) => void process.stderr.write(`${formatEvent(event, process.stderr.isTTY)}\n`) }],
});

/** One event as one line: with the time where a file is written, with a colour where a person reads. */
export function formatEvent({ type, tag, date, args }: LogObject, isTerminal: boolean): string {
  const level = isTerminal ? styleText(COLOURS[type] ?? "gray", `[${type}]`) : `${date.toISOString()} [${type}]`;
  const words = args.map((arg: unknown) => (arg instanceof Error ? arg.message : arg));
  const text = formatWithOptions({ breakLength: Number.POSITIVE_INFINITY, colors: isTerminal }, ...words);
  const clean = text.split("\n").map(withoutControls).join("\n");
  return [level, ...(tag ? [`[${tag}]`] : []), clean].join(" ");
}
