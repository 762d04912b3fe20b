/** Frozen evidence: what was known when a ticket opened, stored unchanged. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Inspected } from "../../core/subject/inspection.ts";
import type { LogEvent } from "../../core/system/logs.ts";
import type { Picture, Topology } from "../../core/system/picture.ts";
import type { SeriesWindow } from "../../core/system/series.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import { isPicture } from "../pictures.ts";
import type { Span } from "../span.ts";
import { isFields, packedColumn } from "../sqlite/json.ts";
import { transact } from "../sqlite/transaction.ts";
import { orTold } from "../sqlite/unreadable.ts";

/** The last lines of one component's log, or why they could not be read. */
export interface LogTail {
  readonly component: ComponentId;
  readonly events: readonly LogEvent[];
  readonly failed?: string;
}

/** Evidence that is frozen when tickets open; the tickets of one checkup share it. */
export interface FrozenEvidence {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  /** Samples of this window are kept longer than others, and are queried as usual. */
  readonly window: Span;
  /** Absent where nothing could be observed. */
  readonly picture?: Picture;
  readonly topology?: Topology;
  readonly observation: unknown;
  readonly logs: readonly LogTail[];
  /** The series of the window from another source, such as Prometheus. */
  readonly series: readonly SeriesWindow[];
  /** Inspections of the components; absent in evidence of earlier versions. */
  readonly inspections?: readonly Inspected[];
}

/** Freezes and reads evidence. */
export interface EvidenceStore {
  /** Packs evidence without its secrets, outside of transactions. */
  pack(evidence: Omit<FrozenEvidence, "id">): PackedEvidence;
  freeze(evidence: PackedEvidence): number;
  /** `undefined` if there is none, or it cannot be read. */
  get(id: number): FrozenEvidence | undefined;
  /** Deletes evidence whose tickets were all resolved before that time; returns how many. */
  prune(instance: number, beforeMs: number): number;
}

/** Evidence ready to be written. */
export interface PackedEvidence {
  readonly instance: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly window: Span;
  readonly packed: Uint8Array;
}

interface EvidenceRow {
  readonly id: number;
  readonly instance: number;
  readonly at_ms: number;
  readonly window_from_ms: number;
  readonly window_to_ms: number;
  readonly frozen: Uint8Array;
}

type Frozen = Pick<FrozenEvidence, "picture" | "topology" | "observation" | "logs" | "series" | "inspections">;

/** Rows that one call of prune removes at most, so that it never holds the lock for long. */
const PRUNED_AT_ONCE = 100;

const frozenColumn = packedColumn(
  (value): value is Frozen =>
    isFields(value) &&
    isListWith(value["logs"], "events") &&
    isListWith(value["series"], "points") &&
    (value["picture"] === undefined || isPicture(value["picture"])),
);

/** Whether a value is a list of objects that each have a list of that name. */
function isListWith(value: unknown, name: string): boolean {
  return Array.isArray(value) && value.every((one) => isFields(one) && Array.isArray(one[name]));
}

/** The store of one connection. */
export function evidenceStore(sqlite: Sqlite): EvidenceStore {
  return {
    pack: ({ instance, atMs, window, ...frozen }) => ({ instance, atMs, window, packed: frozenColumn.write(frozen) }),
    freeze: ({ instance, atMs, window: { fromMs, toMs }, packed }) =>
      Number(
        sqlite
          .query("INSERT INTO evidence (instance, at_ms, window_from_ms, window_to_ms, frozen) VALUES (?, ?, ?, ?, ?)")
          .run(instance, Math.round(atMs), Math.round(fromMs), Math.round(toMs), packed).lastInsertRowid,
      ),
    get: (id) => {
      const row = sqlite.query<EvidenceRow, [number]>("SELECT * FROM evidence WHERE id = ?").get(id);
      return row ? evidenceOf(row) : undefined;
    },
    prune: (instance, beforeMs) => transact(sqlite, () => prune(sqlite, instance, beforeMs)),
  };
}

/** A ticket outlives its evidence, and then refers to none. */
function prune(sqlite: Sqlite, instance: number, beforeMs: number): number {
  const old = sqlite
    .query<{ id: number }, [number, number, number, number]>(
      `SELECT id FROM evidence WHERE instance = ? AND window_to_ms < ? AND NOT EXISTS (
         SELECT 1 FROM tickets WHERE tickets.evidence = evidence.id AND (resolved_at_ms IS NULL OR resolved_at_ms >= ?))
       LIMIT ?`,
    )
    .all(instance, beforeMs, beforeMs, PRUNED_AT_ONCE);
  const release = sqlite.query("UPDATE tickets SET evidence = NULL WHERE evidence = ?");
  const forget = sqlite.query("DELETE FROM evidence WHERE id = ?");
  for (const { id } of old) {
    release.run(id);
    forget.run(id);
  }
  return old.length;
}

function evidenceOf(row: EvidenceRow): FrozenEvidence | undefined {
  const frozen = frozenColumn.read(row.frozen);
  if (!frozen) return orTold<undefined>(undefined, { table: "evidence", id: row.id }, undefined);
  return {
    id: row.id,
    instance: row.instance,
    atMs: row.at_ms,
    window: { fromMs: row.window_from_ms, toMs: row.window_to_ms },
    ...frozen,
  };
}
