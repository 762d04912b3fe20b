/** Action runs and their approvals. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import {
  type ActionRun,
  type Approval,
  advance,
  type BeforeRun,
  isGood,
  type PlannedAction,
  type RunOrigin,
  type RunSchedule,
  type RunState,
  type RunStep,
  UNREADABLE,
  UNREADABLE_CAUSE,
} from "../../core/safety/action-run.ts";
import { InvalidInputError, messageOf } from "../../core/text/errors.ts";
import type { Actor } from "../../core/words/actor.ts";
import { RISKS } from "../../core/words/risk.ts";
import { cleanText, jsonColumn } from "../sqlite/json.ts";
import { transact, transactDurably } from "../sqlite/transaction.ts";
import { orTold } from "../sqlite/unreadable.ts";
import { whereOf } from "../sqlite/where.ts";
import type { Change } from "../tickets/tickets.ts";

/** A new run. */
export interface NewActionRun extends PlannedAction, RunSchedule, Change {
  readonly instance: number;
  readonly origin: RunOrigin;
}

/** A new approval. */
export interface NewApproval {
  readonly digest: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** Filter of runs; oldest first. */
export interface ActionRunFilter {
  readonly instance?: number;
  readonly incident?: number;
  readonly state?: RunState;
  /** Newest ones at most. @default all */
  readonly limit?: number;
}

/** Reads and advances action runs. */
export interface ActionRunStore {
  get(id: number): ActionRun | undefined;
  /** An unreadable run is listed as such, and can be cancelled but not run. */
  list(filter?: ActionRunFilter): readonly ActionRun[];
  add(run: NewActionRun): ActionRun;
  /** @throws {InvalidInputError} If there is no such run or it may not go there from where it is. */
  advance(id: number, step: RunStep): ActionRun;
  /** Stores the state captured before the effect. */
  keepBefore(id: number, before: BeforeRun): void;
  /** Stores why a permitted run does not begin; `undefined` if nothing prevents it. */
  setObstacle(id: number, obstacle: string | undefined): void;
  /** Epoch milliseconds of effects on an instance without a person's approval, since a time, oldest first. */
  unapprovedEffects(instance: number, sinceMs: number): readonly number[];
  /** Durable, like {@linkcode ActionRunStore.spendApproval}. */
  approve(id: number, approval: NewApproval): Approval;
  /** The approvals of a run, oldest first. */
  approvals(id: number): readonly Approval[];
  /** Voids an approval; joins the running transaction, of either kind. */
  void(approval: number): void;
  /** Spends an approval of that digest and returns it; `undefined` if there is no valid one. */
  spendApproval(id: number, digest: string, nowMs: number): Approval | undefined;
}

/** The stored form of a planned action; runs of incidents and version 0.1.0 store the cause in it. */
const Planned = v.looseObject({
  action: v.string(),
  risk: v.picklist(RISKS),
  preview: v.looseObject({
    sends: v.string(),
    expectedEffect: v.string(),
    entities: v.array(v.string()),
    stops: v.array(v.string()),
    lasts: v.exactOptional(v.string()),
  }),
  cause: v.optional(Hypothesis),
  digest: v.pipe(v.string(), v.nonEmpty()),
});

const plannedColumn = jsonColumn((value): value is StoredPlan => v.is(Planned, value));
const beforeColumn = jsonColumn((value): value is BeforeRun => v.is(Before, value));

const Before = v.looseObject({ unhealthy: v.optional(v.array(v.string())) });

type StoredPlan = PlannedAction & { readonly cause?: Hypothesis | undefined };

interface ActionRunRow {
  readonly id: number;
  readonly instance: number;
  readonly incident: number | null;
  readonly plan: string | null;
  readonly state: RunState;
  readonly planned: string;
  readonly due_at_ms: number | null;
  readonly predecessor: number | null;
  readonly proposed_at_ms: number;
  readonly proposed_by: Actor;
  readonly intended_at_ms: number | null;
  readonly effect_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly before_run: string | null;
  readonly obstacle: string | null;
  readonly reason: string;
}

interface ApprovalRow {
  readonly id: number;
  readonly run: number;
  readonly digest: string;
  readonly actor: Actor;
  readonly at_ms: number;
  readonly expires_at_ms: number;
  readonly used_at_ms: number | null;
}

/** The store of one connection. */
export function actionRunStore(sqlite: Sqlite): ActionRunStore {
  return {
    get: (id) => get(sqlite, id),
    list: ({ instance, incident, state, limit = -1 } = {}) => {
      const { clause, values } = whereOf({ "instance = ?": instance, "incident = ?": incident, "state = ?": state });
      return sqlite
        .query<ActionRunRow, SQLQueryBindings[]>(`SELECT * FROM action_runs ${clause} ORDER BY id DESC LIMIT ?`)
        .all(...values, limit)
        .map(runOf)
        .toReversed();
    },
    add: (run) => transact(sqlite, () => add(sqlite, run)),
    advance: (id, step) => transact(sqlite, () => advanceRow(sqlite, id, step)),
    keepBefore: (id, before) => {
      sqlite.query("UPDATE action_runs SET before_run = ? WHERE id = ?").run(beforeColumn.write(before), id);
    },
    setObstacle: (id, obstacle) => {
      const text = obstacle === undefined ? null : cleanText(obstacle);
      sqlite.query("UPDATE action_runs SET obstacle = ? WHERE id = ? AND obstacle IS NOT ?").run(text, id, text);
    },
    unapprovedEffects: (instance, sinceMs) =>
      sqlite
        .query<{ atMs: number }, [number, number]>(
          `SELECT intended_at_ms AS atMs FROM action_runs WHERE instance = ? AND intended_at_ms > ?
             AND NOT EXISTS (SELECT 1 FROM approvals WHERE run = action_runs.id AND used_at_ms IS NOT NULL)
           ORDER BY intended_at_ms`,
        )
        .all(instance, Math.round(sinceMs))
        .map(({ atMs }) => atMs),
    approve: (id, approval) => transactDurably(sqlite, () => approve(sqlite, id, approval)),
    approvals: (id) => approvalsOf(sqlite, id),
    void: (approval) => {
      sqlite.query("UPDATE approvals SET expires_at_ms = at_ms WHERE id = ?").run(approval);
    },
    spendApproval: (id, digest, nowMs) => transactDurably(sqlite, () => spend(sqlite, { id, digest }, nowMs)),
  };
}

function get(sqlite: Sqlite, id: number): ActionRun | undefined {
  const row = sqlite.query<ActionRunRow, [number]>("SELECT * FROM action_runs WHERE id = ?").get(id);
  return row ? runOf(row) : undefined;
}

function existing(sqlite: Sqlite, id: number): ActionRun {
  const run = get(sqlite, id);
  if (run) return run;
  throw new InvalidInputError(`There is no action ${id}; list them with: operator actions list --all`);
}

function add(sqlite: Sqlite, run: NewActionRun): ActionRun {
  const { instance, origin, dueAtMs, predecessor, atMs, actor, reason } = run;
  const { action, input, risk, preview, digest } = run;
  const cause = origin.kind === "incident" ? { cause: origin.cause } : {};
  const { lastInsertRowid } = sqlite
    .query(
      `INSERT INTO action_runs
         (instance, incident, plan, state, planned, due_at_ms, predecessor, proposed_at_ms, proposed_by, reason)
       VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      instance,
      origin.kind === "incident" ? origin.incident : null,
      origin.kind === "plan" ? cleanText(origin.plan) : null,
      plannedColumn.write({ action, input, risk, preview, digest, ...cause }),
      dueAtMs === undefined ? null : Math.round(dueAtMs),
      predecessor ?? null,
      Math.round(atMs),
      actor,
      cleanText(reason),
    );
  return existing(sqlite, Number(lastInsertRowid));
}

function advanceRow(sqlite: Sqlite, id: number, step: RunStep): ActionRun {
  const after = advanced(existing(sqlite, id), { ...step, atMs: Math.round(step.atMs) });
  sqlite
    .query(
      `UPDATE action_runs SET state = ?, reason = ?, intended_at_ms = ?, effect_at_ms = ?, ended_at_ms = ?, obstacle = NULL
       WHERE id = ?`,
    )
    .run(
      after.state,
      cleanText(after.reason),
      after.intendedAtMs ?? null,
      after.effectAtMs ?? null,
      after.endedAtMs ?? null,
      id,
    );
  return existing(sqlite, id);
}

function advanced(run: ActionRun, step: RunStep): ActionRun {
  try {
    return advance(run, step);
  } catch (cause) {
    throw new InvalidInputError(messageOf(cause).replace("the run", `action ${run.id}`), { cause });
  }
}

function approve(sqlite: Sqlite, id: number, { digest, actor, atMs, expiresAtMs }: NewApproval): Approval {
  existing(sqlite, id);
  const { lastInsertRowid } = sqlite
    .query("INSERT INTO approvals (run, digest, actor, at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?)")
    .run(id, digest, actor, Math.round(atMs), Math.round(expiresAtMs));
  return { id: Number(lastInsertRowid), run: id, digest, actor, atMs, expiresAtMs };
}

function approvalsOf(sqlite: Sqlite, run: number): readonly Approval[] {
  return sqlite
    .query<ApprovalRow, [number]>("SELECT * FROM approvals WHERE run = ? ORDER BY id")
    .all(run)
    .map(approvalOf);
}

function spend(sqlite: Sqlite, { id, digest }: Pick<ActionRun, "id" | "digest">, nowMs: number): Approval | undefined {
  const good = approvalsOf(sqlite, id).find((approval) => isGood(approval, digest, nowMs));
  if (!good) return undefined;
  sqlite.query("UPDATE approvals SET used_at_ms = ? WHERE id = ?").run(Math.round(nowMs), good.id);
  return { ...good, usedAtMs: nowMs };
}

function runOf(row: ActionRunRow): ActionRun {
  const { id, instance, state, reason } = row;
  const stored = plannedColumn.read(row.planned);
  const isWhole = stored !== undefined && (row.incident === null || stored.cause !== undefined);
  const { cause, ...planned }: StoredPlan = orTold(
    isWhole ? stored : undefined,
    { table: "action_runs", id },
    UNREADABLE,
  );
  const before = row.before_run === null ? undefined : beforeColumn.read(row.before_run);
  return {
    ...planned,
    id,
    instance,
    origin: originOf(row, cause),
    state,
    reason,
    proposedAtMs: row.proposed_at_ms,
    proposedBy: row.proposed_by,
    ...(row.due_at_ms !== null && { dueAtMs: row.due_at_ms }),
    ...(row.predecessor !== null && { predecessor: row.predecessor }),
    ...(row.intended_at_ms !== null && { intendedAtMs: row.intended_at_ms }),
    ...(row.effect_at_ms !== null && { effectAtMs: row.effect_at_ms }),
    ...(row.ended_at_ms !== null && { endedAtMs: row.ended_at_ms }),
    ...(row.obstacle !== null && { obstacle: row.obstacle }),
    ...(before && { before }),
  };
}

function originOf({ incident, plan }: ActionRunRow, cause: Hypothesis | undefined): RunOrigin {
  if (incident !== null) return { kind: "incident", incident, cause: cause ?? UNREADABLE_CAUSE };
  return plan === null ? { kind: "person" } : { kind: "plan", plan };
}

function approvalOf({ id, run, digest, actor, ...row }: ApprovalRow): Approval {
  return {
    id,
    run,
    digest,
    actor,
    atMs: row.at_ms,
    expiresAtMs: row.expires_at_ms,
    ...(row.used_at_ms !== null && { usedAtMs: row.used_at_ms }),
  };
}
