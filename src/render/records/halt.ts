/** What became of a halt, in words: where it is in force, and what follows where it is not. */

import { messageOf } from "../../core/text/errors.ts";
import type { HaltView } from "../../runtime/views/halt.ts";
import { renderHead } from "./audit.ts";

/** What a person is told of a halt. */
export interface HaltReport {
  /** Whether anything was written that stops an executor. */
  readonly halted: boolean;
  readonly lines: readonly { readonly level: "info" | "warn" | "error"; readonly text: string }[];
  /** For a line of JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Tells what is in force, what is not and why. */
export function renderHalting(view: HaltView): HaltReport {
  const { file, row, path } = view;
  const fileFailed = reasonOf(file);
  const rowFailed = reasonOf(row);
  const halted = fileFailed === undefined || rowFailed === undefined;
  const data = {
    halted,
    file: "path" in file ? file.path : null,
    database: rowFailed === undefined ? path : null,
    ...(fileFailed !== undefined && { fileFailed }),
    ...(rowFailed !== undefined && { databaseFailed: rowFailed }),
    ...("head" in row && { cancelled: row.cancelled, auditHead: row.head }),
  };
  return { halted, data, lines: halted ? haltedLines(view) : failedLines(view) };
}

type Lines = HaltReport["lines"];

function haltedLines({ file, row, path, exists, titles }: HaltView): Lines {
  const unknown = titles.length === 0 ? [warn(`No process has acted through "${path}" so far; ${OTHER}`)] : [];
  if ("failed" in row) {
    return [
      warn(`Halted by file only: "${"path" in file ? file.path : ""}"; no action starts. ${messageOf(row.failed)}`),
      warn(
        'The next "operator agent" or "operator watch" that can write the database cancels what is pending and sets ' +
          "every ladder to observe",
      ),
      ...(exists ? [] : unknown),
    ];
  }
  const { length } = row.cancelled;
  const cancelled = length === 0 ? "" : `; cancelled ${length} pending ${length === 1 ? "action" : "actions"}`;
  const where = titles.length > 0 ? ` on ${titles.join(", ")}` : "";
  return [
    info(`Halted: no action starts${where}${cancelled}; every ladder is at observe; ${renderHead(row.head)}`),
    ...("failed" in file ? [warn(`The halt is in the database only: ${messageOf(file.failed)}`)] : []),
    ...unknown,
    info("Lift the halt with: operator resume"),
  ];
}

const OTHER = "--home or --db names another database";

/** What follows depends on whether somebody else could write what this process could not. */
function failedLines(view: HaltView): Lines {
  const { file, row } = view;
  const why = [file, row].flatMap((part) => reasonOf(part) ?? []).join("; ");
  return [{ level: "error", text: `Not halted. ${why}` }, warn(consequenceOf(view))];
}

function consequenceOf({ file, row, path }: HaltView): string {
  const codes = new Set([file, row].flatMap((part) => ("failed" in part ? codesOf(part.failed) : [])));
  if (codes.has("ENOENT") || codes.has("ENOTDIR")) {
    return `The folder does not exist, so no process uses "${path}"; ${OTHER}`;
  }
  if (codes.has("EACCES") || codes.has("EPERM")) {
    return "An agent of another user may be able to write there and still act: run the command as that user or as root";
  }
  const until = codes.has("SQLITE_BUSY") ? "as long as it is locked" : "as long as it cannot be written";
  return (
    `No action starts ${until}: an executor writes its intent into this database before each effect. ` +
    'Run "operator halt" again'
  );
}

function reasonOf(part: HaltView["file" | "row"]): string | undefined {
  return "failed" in part ? messageOf(part.failed) : undefined;
}

/** Of an error and of what caused it. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  return [...own, ...codesOf(error.cause)];
}

function info(text: string): Lines[number] {
  return { level: "info", text };
}

function warn(text: string): Lines[number] {
  return { level: "warn", text };
}
