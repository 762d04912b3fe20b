/** The hash chain of the audit log: computes hashes and finds the first row that was changed. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Actor } from "../../core/words/actor.ts";
import type { AuditHead } from "./audit-heads.ts";

/** A row as it is stored. */
export interface AuditColumns {
  readonly id: number;
  readonly at_ms: number;
  readonly actor: Actor;
  readonly instance: number | null;
  readonly event: string;
  readonly detail: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** The first broken row. */
export interface AuditFault {
  /** Its id, or the expected one; 0 if no row can be named. */
  readonly row: number;
  /** What is wrong with it, in one sentence that names it. */
  readonly why: string;
}

/** The result of checking the chain. */
export interface AuditCheck {
  /** Number of intact rows. */
  readonly rows: number;
  /** The last intact row. */
  readonly head: AuditHead;
  /** Absent if every row is intact. */
  readonly broken?: AuditFault;
  /** Intact rows at the end whose hash is not in the audit-heads file: more than a crash can leave may have been added manually. */
  readonly unwitnessed: number;
}

/** Before the first row. */
export const ORIGIN: AuditHead = { id: 0, hash: "0".repeat(64) };

/** What is known of the chain from outside the database. */
export interface Witnesses {
  /** The row to begin at, checked before. @default the origin */
  readonly after?: AuditHead;
  /** Hashes by the id of their row. */
  readonly heads?: ReadonlyMap<number, string>;
  /** A head that a person kept; a prefix of the hash is enough. */
  readonly kept?: AuditHead | undefined;
}

/** The hash of a row, over its content and the hash of the row before it. */
export function hashOf({
  id,
  at_ms,
  actor,
  instance,
  event,
  detail,
  previous_hash,
}: Omit<AuditColumns, "hash">): string {
  return new Bun.CryptoHasher("sha256")
    .update(JSON.stringify([id, at_ms, actor, instance, event, detail, previous_hash]))
    .digest("hex");
}

/** Reads row after row in constant memory, and stops at the first broken one. */
export function checkChain(sqlite: Sqlite, { after = ORIGIN, heads = new Map(), kept }: Witnesses): AuditCheck {
  let last = after;
  let rows = 0;
  let witnessed = 0;
  const came = (broken?: AuditFault): AuditCheck => ({
    rows,
    head: last,
    unwitnessed: rows - witnessed,
    ...(broken && { broken }),
  });
  const query = sqlite.query<AuditColumns, [number]>("SELECT * FROM audit WHERE id > ? ORDER BY id");
  // Without a row that was checked before, the log must begin with the first row.
  for (const row of query.iterate(after === ORIGIN ? Number.MIN_SAFE_INTEGER : after.id)) {
    const fault = faultOf(row, last) ?? strangeTo(row, { heads, kept });
    if (fault) return came(fault);
    last = { id: row.id, hash: row.hash };
    rows += 1;
    if (heads.has(row.id)) witnessed = rows;
  }
  const longest = heads.keys().reduce((most, id) => Math.max(most, id), kept?.id ?? 0);
  if (longest <= last.id) return came();
  const row = last.id + 1;
  return came({ row, why: `Row ${row} is missing: the log was truncated, it had at least ${longest} rows` });
}

/** Why a row is broken, by itself or by the one before it. */
function faultOf(row: AuditColumns, last: AuditHead): AuditFault | undefined {
  const next = last.id + 1;
  if (row.id < next) return { row: row.id, why: `Row ${row.id} is out of place: the first row is 1` };
  if (row.id > next) return { row: next, why: `Row ${next} is missing: row ${row.id} comes after row ${last.id}` };
  if (row.previous_hash !== last.hash) return { row: next, why: `Row ${next} does not continue the row before it` };
  return row.hash === hashOf(row) ? undefined : { row: next, why: `Row ${next} was changed after it was written` };
}

/** A chain that was rewritten as a whole is consistent, but does not match the hashes kept elsewhere. */
function strangeTo({ id, hash }: AuditColumns, { heads, kept }: Witnesses): AuditFault | undefined {
  const known = heads?.get(id) ?? hash;
  if (known !== hash) return { row: id, why: `Row ${id} does not match its hash in the audit-heads file` };
  if (kept?.id !== id || hash.startsWith(kept.hash)) return undefined;
  return { row: id, why: `Row ${id} does not match the head ${kept.id}:${kept.hash}` };
}
