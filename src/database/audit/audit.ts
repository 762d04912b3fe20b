/** The audit log: a hash chain, so that rows that are changed, removed or inserted later are detected. */

import type { Database as Sqlite } from "bun:sqlite";
import { messageOf } from "../../core/text/errors.ts";
import type { Actor } from "../../core/words/actor.ts";
import { cleanText, isJson, jsonColumn } from "../sqlite/json.ts";
import { onceDurable, transactDurably } from "../sqlite/transaction.ts";
import { type AuditCheck, type AuditColumns, checkChain, hashOf, ORIGIN } from "./audit-chain.ts";
import type { AuditHead, HeadFile } from "./audit-heads.ts";

/** An act that was done, or is about to be. */
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

/** An entry with its position in the chain. */
export interface AuditRow extends AuditEntry {
  readonly id: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** Adds to the chain and checks it. */
export interface AuditStore {
  /**
   * Adds a row that is on disk when this returns, or when the durable transaction around it ends. Its hash is then also
   * written to the file beside the database.
   * @throws {Error} If the transaction around it is not durable.
   */
  append(entry: AuditEntry): AuditRow;
  get(id: number): AuditRow | undefined;
  /** Oldest first, after the row of that id. */
  list(afterId?: number, limit?: number): readonly AuditRow[];
  /** The newest rows, oldest first; with `instances`, only rows of these and rows that concern all. */
  newest(limit: number, instances?: readonly number[]): readonly AuditRow[];
  head(): AuditHead;
  /** Checks every row against the one before it and against the file of heads, and a head that a person has kept, for which a prefix of the hash is enough. */
  verify(kept?: AuditHead): AuditCheck;
  /** Whether every row is intact: the first call checks all rows, later calls only new ones. */
  isSound(): boolean;
}

const detailColumn = jsonColumn(isJson);

/** The store of one connection. */
export function auditStore(sqlite: Sqlite, heads: HeadFile): AuditStore {
  let trusted: AuditHead | undefined;
  let isBroken = false;
  const verify = (kept?: AuditHead): AuditCheck => {
    const check = checked(sqlite, heads, kept);
    if (check.broken && !kept) isBroken = true;
    if (!check.broken) trusted = check.head;
    return check;
  };
  return {
    append: (entry) =>
      transactDurably(sqlite, () => {
        const row = append(sqlite, entry);
        onceDurable(sqlite, () => heads.append(row));
        return row;
      }),
    get: (id) => {
      const row = sqlite.query<AuditColumns, [number]>("SELECT * FROM audit WHERE id = ?").get(id);
      return row ? rowOf(row) : undefined;
    },
    list: (afterId = 0, limit = 1000) =>
      sqlite
        .query<AuditColumns, [number, number]>("SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?")
        .all(afterId, limit)
        .map(rowOf),
    newest: (limit, instances) => newest(sqlite, limit, instances).map(rowOf).toReversed(),
    head: () => head(sqlite),
    verify,
    isSound() {
      if (isBroken) return false;
      if (!trusted) return verify().broken === undefined;
      const check = checkChain(sqlite, { after: trusted });
      isBroken = check.broken !== undefined || !isThere(sqlite, trusted);
      trusted = check.head;
      return !isBroken;
    },
  };
}

function newest(sqlite: Sqlite, limit: number, instances: readonly number[] | undefined): readonly AuditColumns[] {
  if (!instances)
    return sqlite.query<AuditColumns, [number]>("SELECT * FROM audit ORDER BY id DESC LIMIT ?").all(limit);
  return sqlite
    .query<AuditColumns, [string, number]>(
      `SELECT * FROM audit WHERE instance IS NULL OR instance IN (SELECT value FROM json_each(?))
       ORDER BY id DESC LIMIT ?`,
    )
    .all(JSON.stringify(instances), limit);
}

/** An unreadable audit-heads file counts as broken, too, since it may show that rows were removed. */
function checked(sqlite: Sqlite, file: HeadFile, kept: AuditHead | undefined): AuditCheck {
  let heads: ReadonlyMap<number, string>;
  try {
    heads = file.read();
  } catch (error) {
    return { rows: 0, head: ORIGIN, unwitnessed: 0, broken: { row: 0, why: messageOf(error) } };
  }
  return checkChain(sqlite, { heads, kept });
}

function isThere(sqlite: Sqlite, { id, hash }: AuditHead): boolean {
  return id === ORIGIN.id || sqlite.query("SELECT 1 FROM audit WHERE id = ? AND hash = ?").get(id, hash) !== null;
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

function rowOf(row: AuditColumns): AuditRow {
  return {
    id: row.id,
    atMs: row.at_ms,
    actor: row.actor,
    event: row.event,
    detail: detailOf(row.detail),
    previousHash: row.previous_hash,
    hash: row.hash,
    ...(row.instance !== null && { instance: row.instance }),
  };
}

/** A row that was changed manually may not be JSON; it is still shown. */
function detailOf(text: string): unknown {
  return detailColumn.read(text) ?? (text === "null" ? null : text);
}
