/** The audit log: a chain of hashes, so that no row can be changed, left out or put in later without its being seen. */

import type { Database as Sqlite } from "bun:sqlite";
import { createHash } from "node:crypto";
import type { Actor } from "../core/actor.ts";
import { cleanText, jsonColumn } from "./json.ts";
import { transactDurably } from "./transaction.ts";

/** Something that was done, or is about to be. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: Actor;
  /** Id of the instance it concerns; absent where it concerns all. */
  readonly instance?: number;
  /** Kebab-case name of what happened, for instance `action-intended`. */
  readonly event: string;
  /** Plain JSON. */
  readonly detail: unknown;
}

/** An entry in its place in the chain. */
export interface AuditRow extends AuditEntry {
  readonly id: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of the chain; kept outside the file too, it shows that rows were cut off. */
export interface AuditHead {
  readonly id: number;
  readonly hash: string;
}

/** What checking the whole chain came to. */
export interface AuditCheck {
  readonly rows: number;
  readonly head: AuditHead;
  /** What is wrong, in one sentence; absent where nothing is. */
  readonly broken?: string;
}

/** Adds to the chain and checks it. */
export interface AuditStore {
  /**
   * Adds a row that is on the disk when this returns, or when the durable transaction around it does.
   * @throws {Error} If the transaction around it is not durable.
   */
  append(entry: AuditEntry): AuditRow;
  /** Oldest first, after the row of that id. */
  list(afterId?: number, limit?: number): readonly AuditRow[];
  head(): AuditHead;
  /** Checks every row, and that a head known from elsewhere is part of the chain. */
  verify(known?: AuditHead): AuditCheck;
}

/** The audit log, as the first version of the file has it. */
export const auditTables = `
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    instance INTEGER,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT`;

const detailColumn = jsonColumn<unknown>();

/** Before the first row. */
const ORIGIN: AuditHead = { id: 0, hash: "0".repeat(64) };

interface AuditColumns {
  readonly id: number;
  readonly at_ms: number;
  readonly actor: Actor;
  readonly instance: number | null;
  readonly event: string;
  readonly detail: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** The store of one connection. */
export function auditStore(sqlite: Sqlite): AuditStore {
  return {
    append: (entry) => transactDurably(sqlite, () => append(sqlite, entry)),
    list: (afterId = 0, limit = 1000) =>
      sqlite
        .query<AuditColumns, [number, number]>("SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?")
        .all(afterId, limit)
        .map(rowOf),
    head: () => head(sqlite),
    verify: (known) => verify(sqlite, known),
  };
}

function head(sqlite: Sqlite): AuditHead {
  return sqlite.query<AuditHead, []>("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").get() ?? ORIGIN;
}

function append(sqlite: Sqlite, entry: AuditEntry): AuditRow {
  const before = head(sqlite);
  const unsealed = {
    id: before.id + 1,
    at_ms: Math.round(entry.atMs),
    actor: entry.actor,
    instance: entry.instance ?? null,
    event: cleanText(entry.event),
    detail: detailColumn.write(entry.detail),
    previous_hash: before.hash,
  };
  const row = { ...unsealed, hash: hashOf(unsealed) };
  sqlite
    .query(
      `INSERT INTO audit (id, at_ms, actor, instance, event, detail, previous_hash, hash)
       VALUES ($id, $at_ms, $actor, $instance, $event, $detail, $previous_hash, $hash)`,
    )
    .run(row);
  return rowOf(row);
}

function verify(sqlite: Sqlite, known: AuditHead | undefined): AuditCheck {
  let last = ORIGIN;
  let rows = 0;
  let knownSeen = known === undefined || known.id === ORIGIN.id;
  for (const row of sqlite.query<AuditColumns, []>("SELECT * FROM audit ORDER BY id").iterate()) {
    const fault = faultOf(row, last) ?? (row.id === known?.id && row.hash !== known.hash ? "is not the one known" : "");
    if (fault) return { rows, head: last, broken: `Row ${row.id} ${fault}` };
    if (row.id === known?.id) knownSeen = true;
    last = { id: row.id, hash: row.hash };
    rows += 1;
  }
  return {
    rows,
    head: last,
    ...(!knownSeen && { broken: `Row ${known?.id} is known from outside and missing here: the end was cut off` }),
  };
}

function faultOf(row: AuditColumns, last: AuditHead): string | undefined {
  if (row.id !== last.id + 1) return `follows row ${last.id}: rows between them are missing`;
  if (row.previous_hash !== last.hash) return "does not continue the row before it";
  return hashOf(row) === row.hash ? undefined : "was changed after it was written";
}

function hashOf({ id, at_ms, actor, instance, event, detail, previous_hash }: Omit<AuditColumns, "hash">): string {
  return createHash("sha256")
    .update(JSON.stringify([id, at_ms, actor, instance, event, detail, previous_hash]))
    .digest("hex");
}

function rowOf(row: AuditColumns): AuditRow {
  return {
    id: row.id,
    atMs: row.at_ms,
    actor: row.actor,
    event: row.event,
    detail: detailColumn.read(row.detail),
    previousHash: row.previous_hash,
    hash: row.hash,
    ...(row.instance !== null && { instance: row.instance }),
  };
}
