/** Diagnoses of incidents, one row each. */

import type { Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import { Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { type Cause, rivalsOf } from "../../core/diagnosis/explains.ts";
import type { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import { jsonColumn } from "../sqlite/json.ts";
import { orTold, readable } from "../sqlite/unreadable.ts";

const diagnosisColumn = jsonColumn((value): value is Diagnosis => v.is(Diagnosis, value));

interface DiagnosisRow {
  readonly id: number;
  readonly diagnosis: string;
}

/** Stores a diagnosis of an incident. */
export function addDiagnosis(sqlite: Sqlite, incident: number, diagnosis: Diagnosis): void {
  sqlite
    .query("INSERT INTO diagnoses (incident, diagnosis) VALUES (?, ?)")
    .run(incident, diagnosisColumn.write(diagnosis));
}

/** Diagnoses of an incident, oldest first; unreadable ones are left out. */
export function diagnosesOf(sqlite: Sqlite, incident: number): readonly Diagnosis[] {
  const rows = sqlite
    .query<DiagnosisRow, [number]>("SELECT id, diagnosis FROM diagnoses WHERE incident = ? ORDER BY id")
    .all(incident);
  return readable(rows, "diagnoses", ({ diagnosis }) => diagnosisColumn.read(diagnosis));
}

/** The cause of an incident, with those that were confirmed beside it. */
export type FoundCause = Hypothesis & Pick<Cause, "rivals">;

/**
 * The cause that the newest diagnosis of each unresolved incident found, or one that is `older` diagnoses earlier; for a
 * reopened one, only diagnoses since then.
 */
export function newestCauses(sqlite: Sqlite, instance: number, older: number): ReadonlyMap<number, FoundCause> {
  const rows = sqlite
    .query<DiagnosisRow & { incident: number; reopened_at_ms: number }, [number, number]>(
      `SELECT diagnoses.id, incident, diagnosis, coalesce((
         SELECT max(at_ms) FROM incident_transitions AS reopening
         WHERE reopening.incident = incidents.id AND from_state = 'resolved' AND to_state <> 'resolved'), 0) AS reopened_at_ms
       FROM incidents JOIN diagnoses ON diagnoses.id = (
         SELECT id FROM diagnoses AS newest WHERE newest.incident = incidents.id ORDER BY id DESC LIMIT 1 OFFSET ?)
       WHERE instance = ? AND state <> 'resolved'`,
    )
    .all(older, instance);
  return new Map(
    rows.flatMap(({ id, incident, diagnosis, reopened_at_ms: reopenedAtMs }) => {
      const { cause, atMs = 0 } = foundBy(id, diagnosis) ?? {};
      return cause && atMs >= reopenedAtMs ? [[incident, cause] as const] : [];
    }),
  );
}

const MOST_REMEMBERED = 500;

/** Rows of diagnoses never change, so each is read once. */
const remembered = new Map<string, Found | undefined>();

interface Found {
  readonly atMs: number;
  readonly cause?: FoundCause;
}

function foundBy(id: number, text: string): Found | undefined {
  const key = `${id} ${Bun.hash(text)}`;
  if (remembered.has(key)) return remembered.get(key);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const diagnosis = orTold(diagnosisColumn.read(text), { table: "diagnoses", id }, undefined);
  const found = diagnosis && foundIn(diagnosis);
  remembered.set(key, found);
  return found;
}

function foundIn({ atMs, cause, options }: Diagnosis): Found {
  if (!cause) return { atMs };
  const rivals = rivalsOf(cause, options);
  return { atMs, cause: rivals.length > 0 ? { ...cause, rivals } : cause };
}
