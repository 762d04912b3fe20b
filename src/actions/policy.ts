/** Whether an action run may begin by what is on record: kill switch, ladder, approvals, schedule and rate. */

import type { ActionRun } from "../core/safety/action-run.ts";
import { type Circumstances, type Permission, permissionFor, type Wait, waitOf } from "../core/safety/waiting.ts";
import type { Database } from "../database/mod.ts";

/** What is consulted. */
export type Consulted = Pick<Database, "safety" | "actionRuns" | "audit">;

const HOUR_MS = 3_600_000;

/** Whether a pending run could begin, without using anything up. */
export function canRun(run: ActionRun, database: Consulted, nowMs: number): boolean {
  return !("wait" in permissionOf(run, database, nowMs));
}

/** Asks again at the last moment, inside the transaction that records the intent, and uses the approval up. */
export function claimRun(run: ActionRun, database: Consulted, nowMs: number): boolean {
  const permission = permissionOf(run, database, nowMs);
  if ("wait" in permission) return false;
  return !permission.approval || database.actionRuns.spendApproval(run.id, run.digest, nowMs) !== undefined;
}

/** Why a pending run does not begin; nothing where it is about to. */
export function whyItWaits(run: ActionRun, database: Consulted, nowMs: number): Wait | undefined {
  return waitOf(run, circumstancesOf(run, database, nowMs));
}

/** Runs of an instance whose effect is under way or not verified yet. */
export function unverifiedRuns({ actionRuns }: Pick<Consulted, "actionRuns">, instance: number): readonly ActionRun[] {
  return (["running", "verifying"] as const).flatMap((state) => actionRuns.list({ instance, state }));
}

function permissionOf(run: ActionRun, database: Consulted, nowMs: number): Permission {
  return permissionFor(run, circumstancesOf(run, database, nowMs));
}

function circumstancesOf(run: ActionRun, { safety, actionRuns, audit }: Consulted, nowMs: number): Circumstances {
  const { id, instance, predecessor } = run;
  return {
    isHalted: safety.halted() !== undefined,
    ladder: safety.ladder(instance),
    isAuditSound: audit.isSound(),
    approvals: actionRuns.approvals(id),
    predecessor: predecessor === undefined ? undefined : actionRuns.get(predecessor)?.state,
    running: actionRuns.list({ instance, state: "running" }).find((other) => other.id !== id)?.id,
    effectsAtMs: actionRuns.unapprovedEffects(instance, nowMs - HOUR_MS),
    nowMs,
  };
}
