/** What inspections showed, as text: what differs first, then every value under its path. */

import { type Change, type Difference, type Inspected, type Json, leavesOf } from "../core/subject/inspection.ts";
import { excerptOf } from "../core/text/excerpt.ts";
import { tableLines } from "./table.ts";
import { isoTime } from "./time.ts";

/** Values of one inspection at most where several are shown. */
const MOST_VALUES = 20;

/** Lines of one inspection: a heading, then what it showed; beside others at most twenty values. */
export function renderInspected(
  { id, component, value, failed, isCut, difference }: Inspected,
  { whole }: { readonly whole: boolean },
): readonly string[] {
  const all = valueLines(value);
  const values = whole ? all : all.slice(0, MOST_VALUES);
  const left = all.length - values.length;
  const body =
    failed === undefined
      ? [
          ...differenceLines(difference),
          ...values,
          ...(left > 0 ? [`and ${left} more: operator inspect ${component} ${id}`] : []),
          ...(isCut ? ["(truncated)"] : []),
        ]
      : [`Cannot read it: ${failed}`];
  return [`${component} ${id}`, ...body.map((line) => `  ${line}`)];
}

/** A row for each thing that is other than when all was well, in whatever was inspected. */
export function changeRows(inspected: readonly Inspected[]): readonly (readonly string[])[] {
  return inspected.flatMap(({ component, id, difference }) =>
    (difference?.changes ?? []).map((change) => [component, id, changeText(change)]),
  );
}

/** What else can be asked for. */
export function renderMore(
  component: string,
  more: readonly { readonly id: string; readonly description: string }[],
): readonly string[] {
  if (more.length === 0) return [];
  const rows = more.map(({ id, description }) => [`operator inspect ${component} ${id}`, description]);
  return ["Also", ...tableLines(rows).map((line) => `  ${line}`)];
}

function differenceLines(difference: Difference | undefined): readonly string[] {
  if (!difference) return [];
  const since = isoTime(difference.sinceMs);
  if (difference.changes.length === 0) return [`Unchanged since the last healthy look at ${since}`];
  return [
    `Changed since the last healthy look at ${since}:`,
    ...difference.changes.map((change) => `  ${changeText(change)}`),
  ];
}

function changeText({ path, was, is, by }: Change): string {
  if (by !== undefined) return `${path} +${by}`;
  if (was === undefined) return `${path} is new: ${text(is)}`;
  return is === undefined ? `${path} is gone, was ${text(was)}` : `${path} was ${text(was)}, is ${text(is)}`;
}

function valueLines(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null) return [text(value)];
  return tableLines([...leavesOf(value)].map(([path, leaf]) => [path, text(leaf)]));
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? excerptOf(value) || '""' : JSON.stringify(value ?? null);
}
