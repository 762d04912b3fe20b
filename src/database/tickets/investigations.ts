/** Investigations and their steps: what an engine asked, found and recorded, so that it can be followed and replayed. */

import type { Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import {
  addSpending,
  type Investigation,
  type InvestigationState,
  type InvestigationStep,
  NOTHING_SPENT,
  Spending,
  type Step,
  type StepKind,
} from "../../core/diagnosis/investigation.ts";
import { isObject } from "../../core/text/parse.ts";
import { cleanText, isJson, jsonColumn, packedColumn } from "../sqlite/json.ts";
import { transact } from "../sqlite/transaction.ts";
import { orTold } from "../sqlite/unreadable.ts";
import { familyOf } from "./incident-kin.ts";

/** A new investigation. */
export interface NewInvestigation {
  /** Id of the incident. */
  readonly incident: number;
  readonly engine: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The case, as plain data. */
  readonly case: Readonly<Record<string, unknown>>;
}

/** How an investigation ends. */
export interface InvestigationEnd {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly state: Exclude<InvestigationState, "running">;
  /** One sentence. */
  readonly outcome: string;
  readonly spent: Spending;
}

/** A step and the investigation that it belongs to. */
export interface StepNews {
  readonly step: InvestigationStep;
  readonly investigation: Investigation;
}

/** Reads and writes investigations. */
export interface InvestigationStore {
  /** Earlier running investigations of the incident are marked as abandoned, since the caller has its lease. */
  begin(investigation: NewInvestigation): Investigation;
  addStep(investigation: number, atMs: number, step: Step): void;
  /** Stores what was spent so far, so that it counts even if the process dies. */
  spend(investigation: number, spent: Spending): void;
  end(investigation: number, end: InvestigationEnd): void;
  /** Those of an incident, oldest first. */
  list(incident: number): readonly Investigation[];
  /** Oldest first. */
  steps(investigation: number): readonly InvestigationStep[];
  /** The case that it began with; `undefined` if it is no longer stored. */
  caseOf(investigation: number): unknown;
  /** Total spent since then by investigations of an incident and of those split off from the same one. */
  spentSince(incident: number, sinceMs: number): Spending;
  /** Total spent since then by all incidents together. */
  spentByAll(sinceMs: number): Spending;
  /** Deletes the cases and steps of investigations that ended before; returns of how many. */
  prune(instance: number, beforeMs: number): number;
}

interface InvestigationRow {
  readonly id: number;
  readonly incident: number;
  readonly engine: string;
  readonly state: InvestigationState;
  readonly started_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly outcome: string;
  readonly spent: string;
}

interface StepRow {
  readonly id: number;
  readonly investigation: number;
  readonly at_ms: number;
  readonly kind: StepKind;
  readonly summary: string;
  readonly detail: Uint8Array;
}

/** Of one incident: the cases and steps of the newest investigations are kept, and those of its first. */
const KEPT = 20;

/** Maximum of investigations that one call of prune deletes, so that it never holds the lock for long. */
const PRUNED_AT_ONCE = 100;

const COLUMNS = "id, incident, engine, state, started_at_ms, ended_at_ms, outcome, spent";

const caseColumn = packedColumn(isObject);
const detailColumn = packedColumn(isJson);
const spentColumn = jsonColumn((value): value is Spending => v.is(Spending, value));

/** The store of one connection. */
export function investigationStore(sqlite: Sqlite): InvestigationStore {
  return {
    begin: (investigation) => transact(sqlite, () => begin(sqlite, investigation)),
    addStep: (investigation, atMs, step) => addStep(sqlite, { investigation, atMs, step }),
    spend: (investigation, spent) =>
      void sqlite
        .query("UPDATE investigations SET spent = ? WHERE id = ? AND state = 'running'")
        .run(spentColumn.write(spent), investigation),
    end: (investigation, end) => transact(sqlite, () => endOne(sqlite, investigation, end)),
    list: (incident) =>
      sqlite
        .query<InvestigationRow, [number]>(`SELECT ${COLUMNS} FROM investigations WHERE incident = ? ORDER BY id`)
        .all(incident)
        .map(investigationOf),
    steps: (investigation) =>
      sqlite
        .query<StepRow, [number]>("SELECT * FROM investigation_steps WHERE investigation = ? ORDER BY id")
        .all(investigation)
        .map(stepOf),
    caseOf(investigation) {
      const row = sqlite
        .query<{ packed_case: Uint8Array | null }, [number]>("SELECT packed_case FROM investigations WHERE id = ?")
        .get(investigation);
      return row?.packed_case ? caseColumn.read(row.packed_case) : undefined;
    },
    spentSince(incident, sinceMs) {
      const begun = sqlite.query<InvestigationRow, [number, number]>(
        `SELECT ${COLUMNS} FROM investigations WHERE incident = ? AND started_at_ms >= ?`,
      );
      const rows = familyOf(sqlite, incident).flatMap((id) => begun.all(id, Math.round(sinceMs)));
      return rows.map((row) => investigationOf(row).spent).reduce(addSpending, NOTHING_SPENT);
    },
    spentByAll: (sinceMs) =>
      sqlite
        .query<InvestigationRow, [number]>(`SELECT ${COLUMNS} FROM investigations WHERE started_at_ms >= ?`)
        .all(Math.round(sinceMs))
        .map((row) => investigationOf(row).spent)
        .reduce(addSpending, NOTHING_SPENT),
    prune: (instance, beforeMs) => transact(sqlite, () => prune(sqlite, instance, beforeMs)),
  };
}

/** Steps after the one of that id, oldest first. */
export function stepsAfter(sqlite: Sqlite, instance: number, id: number): readonly StepNews[] {
  const one = sqlite.query<InvestigationRow, [number]>(`SELECT ${COLUMNS} FROM investigations WHERE id = ?`);
  return sqlite
    .query<StepRow, [number, number]>(
      `SELECT investigation_steps.* FROM investigation_steps
         JOIN investigations ON investigations.id = investigation JOIN incidents ON incidents.id = incident
       WHERE investigation_steps.id > ? AND instance = ? ORDER BY investigation_steps.id`,
    )
    .all(id, instance)
    .flatMap((row) => {
      const investigation = one.get(row.investigation);
      return investigation ? [{ step: stepOf(row), investigation: investigationOf(investigation) }] : [];
    });
}

function begin(sqlite: Sqlite, { incident, engine, atMs, case: given }: NewInvestigation): Investigation {
  const left = sqlite
    .query<InvestigationRow, [number]>(`SELECT ${COLUMNS} FROM investigations WHERE incident = ? AND state = 'running'`)
    .all(incident);
  for (const { id, spent } of left) {
    const outcome = "Interrupted: its agent has ended";
    endOne(sqlite, id, { atMs, state: "abandoned", outcome, spent: spentColumn.read(spent) ?? NOTHING_SPENT });
  }
  const { lastInsertRowid } = sqlite
    .query(
      `INSERT INTO investigations (incident, engine, state, started_at_ms, spent, packed_case)
       VALUES (?, ?, 'running', ?, ?, ?)`,
    )
    .run(incident, engine, Math.round(atMs), spentColumn.write(NOTHING_SPENT), caseColumn.write(given));
  const id = Number(lastInsertRowid);
  const step = { kind: "began", summary: `${engine} investigates`, detail: {} } as const;
  addStep(sqlite, { investigation: id, atMs, step });
  return { id, incident, engine, state: "running", startedAtMs: Math.round(atMs), outcome: "", spent: NOTHING_SPENT };
}

interface Added {
  readonly investigation: number;
  readonly atMs: number;
  readonly step: Step;
}

function addStep(sqlite: Sqlite, { investigation, atMs, step: { kind, summary, detail } }: Added): void {
  sqlite
    .query("INSERT INTO investigation_steps (investigation, at_ms, kind, summary, detail) VALUES (?, ?, ?, ?, ?)")
    .run(investigation, Math.round(atMs), kind, cleanText(summary), detailColumn.write(detail ?? null));
}

function endOne(sqlite: Sqlite, id: number, { atMs, state, outcome, spent }: InvestigationEnd): void {
  const { changes } = sqlite
    .query(
      `UPDATE investigations SET state = ?, ended_at_ms = ?, outcome = ?, spent = ? WHERE id = ? AND state = 'running'`,
    )
    .run(state, Math.round(atMs), cleanText(outcome), spentColumn.write(spent), id);
  if (changes === 0) return;
  addStep(sqlite, {
    investigation: id,
    atMs,
    step: { kind: "ended", summary: `${state}: ${outcome}`, detail: { spent } },
  });
  forget(sqlite, id);
}

/** An incident that is investigated repeatedly keeps only the first and the newest cases. */
function forget(sqlite: Sqlite, id: number): void {
  const old = sqlite
    .query<{ id: number }, [number, number]>(
      `SELECT id FROM investigations WHERE incident = (SELECT incident FROM investigations WHERE id = ?)
         AND packed_case IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ?`,
    )
    .all(id, KEPT)
    .slice(0, -1);
  for (const { id } of old) forgetOne(sqlite, id);
}

function prune(sqlite: Sqlite, instance: number, beforeMs: number): number {
  const old = sqlite
    .query<{ id: number }, [number, number, number]>(
      `SELECT investigations.id FROM investigations JOIN incidents ON incidents.id = incident
       WHERE instance = ? AND ended_at_ms < ? AND packed_case IS NOT NULL LIMIT ?`,
    )
    .all(instance, Math.round(beforeMs), PRUNED_AT_ONCE);
  for (const { id } of old) forgetOne(sqlite, id);
  return old.length;
}

function forgetOne(sqlite: Sqlite, id: number): void {
  sqlite.query("UPDATE investigations SET packed_case = NULL WHERE id = ?").run(id);
  sqlite.query("DELETE FROM investigation_steps WHERE investigation = ?").run(id);
}

function investigationOf(row: InvestigationRow): Investigation {
  const { id, incident, engine, state, started_at_ms, ended_at_ms, outcome, spent } = row;
  return {
    id,
    incident,
    engine,
    state,
    startedAtMs: started_at_ms,
    ...(ended_at_ms !== null && { endedAtMs: ended_at_ms }),
    outcome,
    spent: orTold(spentColumn.read(spent), { table: "investigations", id }, NOTHING_SPENT),
  };
}

function stepOf({ id, investigation, at_ms, kind, summary, detail }: StepRow): InvestigationStep {
  const read = orTold(detailColumn.read(detail), { table: "investigation_steps", id }, null);
  return { id, investigation, atMs: at_ms, kind, summary, detail: read };
}
