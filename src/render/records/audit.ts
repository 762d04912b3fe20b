/** The audit log as text. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { AuditHead, AuditRow } from "../../database/mod.ts";
import { tableLines } from "../table.ts";
import { isoTime } from "../time.ts";

/** So many hexadecimal digits tell two heads apart, and a person can still copy them. */
const SHOWN_DIGITS = 16;

/** The end of the audit log in one word for a person to keep: what is cut off later no longer has it. */
export function renderHead({ id, hash }: AuditHead): string {
  return `audit head ${id}:${hash.slice(0, SHOWN_DIGITS)}`;
}

type NameOf = (row: { readonly instance: number }) => string;

/** A table of rows, with a head. */
export function renderAuditTable(rows: readonly AuditRow[], nameOf: NameOf): readonly string[] {
  const cells = rows.map((row) => [
    String(row.id),
    timeOf(row),
    excerptOf(row.actor, 60),
    instanceOf(row, nameOf),
    excerptOf(row.event, 60),
    excerptOf(JSON.stringify(row.detail), 160),
  ]);
  return tableLines([["ID", "TIME", "ACTOR", "INSTANCE", "EVENT", "DETAIL"], ...cells]);
}

/** One row with everything that its hash is of. */
export function renderAuditRow(row: AuditRow, nameOf: NameOf): readonly string[] {
  const { id, actor, event, detail, previousHash, hash } = row;
  const fields = [
    ["time", timeOf(row)],
    ["actor", actor],
    ["instance", instanceOf(row, nameOf)],
    ["hash", hash],
    ["previous", previousHash],
  ];
  return [
    `Audit row ${id}: ${event}`,
    ...tableLines(fields).map((line) => `  ${line}`),
    "",
    ...JSON.stringify(detail, undefined, 2).split("\n"),
  ];
}

/** A row that was changed by hand may hold a time that no calendar has. */
function timeOf({ atMs }: AuditRow): string {
  return Number.isFinite(new Date(atMs).getTime()) ? isoTime(atMs) : `${atMs} ms`;
}

function instanceOf({ instance }: AuditRow, nameOf: NameOf): string {
  return instance === undefined ? "all" : nameOf({ instance });
}
