/** Frozen evidence: what was known when a ticket opened, kept as it was then. */

import type { Database as Sqlite } from "bun:sqlite";
import type { ComponentId } from "../core/ids.ts";
import type { LogEvent } from "../core/logs.ts";
import type { Picture, Topology } from "../core/picture.ts";
import type { SeriesWindow } from "../core/series.ts";
import { packedColumn } from "./json.ts";
import type { Span } from "./span.ts";

/** The last lines of one component's log, or why they could not be read. */
export interface LogTail {
  readonly component: ComponentId;
  readonly events: readonly LogEvent[];
  readonly failed?: string;
}

/** What is frozen when tickets open; the tickets of one checkup share it. */
export interface FrozenEvidence {
  readonly id: number;
  readonly instance: number;
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  /** The samples of this window are kept beyond their time, and are asked for as always. */
  readonly window: Span;
  /** Absent where nothing could be observed. */
  readonly picture?: Picture;
  readonly topology?: Topology;
  readonly observation: unknown;
  readonly logs: readonly LogTail[];
  /** The window's series as another keeper of the past, such as a Prometheus, had them. */
  readonly series: readonly SeriesWindow[];
}

/** Freezes and reads evidence. */
export interface EvidenceStore {
  freeze(evidence: Omit<FrozenEvidence, "id">): number;
  get(id: number): FrozenEvidence | undefined;
}

/** Frozen evidence, as the first version of the file has it. */
export const evidenceTables = `
  CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    window_from_ms INTEGER NOT NULL,
    window_to_ms INTEGER NOT NULL,
    frozen BLOB NOT NULL
  ) STRICT;
  CREATE INDEX evidence_windows ON evidence (instance, window_to_ms, window_from_ms)`;

interface EvidenceRow {
  readonly id: number;
  readonly instance: number;
  readonly at_ms: number;
  readonly window_from_ms: number;
  readonly window_to_ms: number;
  readonly frozen: Uint8Array;
}

type Frozen = Pick<FrozenEvidence, "picture" | "topology" | "observation" | "logs" | "series">;

const frozenColumn = packedColumn<Frozen>();

/** The store of one connection. */
export function evidenceStore(sqlite: Sqlite): EvidenceStore {
  return {
    freeze: ({ instance, atMs, window, ...frozen }) =>
      Number(
        sqlite
          .query("INSERT INTO evidence (instance, at_ms, window_from_ms, window_to_ms, frozen) VALUES (?, ?, ?, ?, ?)")
          .run(
            instance,
            Math.round(atMs),
            Math.round(window.fromMs),
            Math.round(window.toMs),
            frozenColumn.write(frozen),
          ).lastInsertRowid,
      ),
    get: (id) => {
      const row = sqlite.query<EvidenceRow, [number]>("SELECT * FROM evidence WHERE id = ?").get(id);
      return row ? evidenceOf(row) : undefined;
    },
  };
}

function evidenceOf(row: EvidenceRow): FrozenEvidence {
  return {
    id: row.id,
    instance: row.instance,
    atMs: row.at_ms,
    window: { fromMs: row.window_from_ms, toMs: row.window_to_ms },
    ...frozenColumn.read(row.frozen),
  };
}
