/** One action run on its way: its effect under the actions lease of the instance, its verification after that. */

import type { ActionRun, BeforeRun } from "../core/safety/action-run.ts";
import { hasEnded, incidentOf } from "../core/safety/action-run.ts";
import type { BoundAction } from "../core/subject/action.ts";
import { ActionError, messageOf } from "../core/text/errors.ts";
import type { Actor } from "../core/words/actor.ts";
import { claimRun } from "./policy.ts";
import { readinessOf } from "./preconditions.ts";
import { endRun, type RunRecord, recordRun } from "./record.ts";
import type { VerifyOptions } from "./verification/look.ts";
import { verify } from "./verification/verify.ts";

/** What one run is worked on with. */
export interface ExecutionOptions extends VerifyOptions {
  /** Those of the session and of the deployment, by id. */
  readonly actions: ReadonlyMap<string, BoundAction>;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** Milliseconds that one effect may take. @default {60_000} */
  readonly runWithinMs?: number;
}

const UNKNOWN_OUTCOME = "it may or may not have taken effect";

/** Has the effect of a pending run if that may be now, and reports one that an earlier process began. */
export async function act(run: ActionRun, options: ExecutionOptions): Promise<void> {
  const { database, actions } = options;
  const action = actions.get(run.action);
  if (run.state === "running") {
    end(run, options, {
      to: "interrupted",
      reason: `The process ended before the outcome was on record; ${UNKNOWN_OUTCOME}`,
    });
    return;
  }
  if (!action) return cancel(run, options, "it is no longer offered");
  const readiness = await readinessOf(run, action, options);
  if ("objection" in readiness) return cancel(run, options, readiness.objection);
  if ("idle" in readiness) return endIdle(run, options, readiness.idle);
  if ("obstacle" in readiness) return database.actionRuns.setObstacle(run.id, readiness.obstacle);
  if (recordIntent(run, readiness.before, options)) await haveEffect(run, action, options);
}

/** Verifies a run whose effect is on record, and ends it. */
export async function settle(run: ActionRun, options: ExecutionOptions): Promise<void> {
  const { database, clock, actions } = options;
  const incident = incidentOf(run);
  const action = actions.get(run.action);
  if (incident !== undefined && database.incidents.get(incident)?.state === "resolved") {
    end(run, options, { to: "verified", reason: "Verified by the monitor: nothing is violated and the cause is gone" });
  } else if (!action) {
    end(run, options, { to: "interrupted", reason: "It took effect, and cannot be verified: it is no longer offered" });
  } else {
    const verification = await verify(run, action, { ...options, begunAfterMs: clock.monotonic() });
    if (verification.to === "ineffective" || verification.to === "harmful") await rollBack(run, action, options);
    end(run, options, verification);
  }
}

/** Asks the rows one last time and writes the intent in the same transaction, so that no halt can fall between. */
function recordIntent(run: ActionRun, before: BeforeRun, options: ExecutionOptions): boolean {
  const { database, clock, actor } = options;
  const { id, action, input, preview, digest } = run;
  const atMs = clock.now();
  return database.transactDurably(() => {
    if (database.actionRuns.get(id)?.state !== "pending" || !claimRun(run, database, atMs)) return false;
    database.actionRuns.keepBefore(id, before);
    const captured = before.captured === undefined ? {} : { captured: before.captured };
    recordRun(database, run, {
      atMs,
      actor,
      event: "action-intended",
      detail: { input, sends: preview.sends, digest, ...captured },
      step: { to: "running" },
      incident: { to: "acting" },
      reason: `Runs ${action} for action ${id}`,
    });
    return true;
  });
}

async function haveEffect(run: ActionRun, action: BoundAction, options: ExecutionOptions): Promise<void> {
  const { database, clock, actor, signal, runWithinMs = 60_000 } = options;
  const timeout = AbortSignal.timeout(runWithinMs);
  try {
    refuseHalted(options);
    const answer = await action.run(run.input, AbortSignal.any([signal, timeout]));
    recordRun(database, run, {
      atMs: clock.now(),
      actor,
      event: "action-done",
      detail: { answer },
      step: { to: "verifying" },
      incident: { to: "verifying" },
      reason: answer,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) end(run, options, { to: "interrupted", reason: `${messageOf(error)}; ${UNKNOWN_OUTCOME}` });
    else end(run, options, { to: "failed", reason: messageOf(error) });
  }
}

/** Rolling back is an effect like any other, so a halt stops it too. */
async function rollBack(run: ActionRun, action: BoundAction, options: ExecutionOptions): Promise<void> {
  const { database, clock, actor, signal, runWithinMs = 60_000 } = options;
  if (!action.undo || database.safety.halted()) return;
  const record = (event: string, rest: Pick<RunRecord, "reason" | "detail">): void =>
    void recordRun(database, run, { atMs: clock.now(), actor, event, ...rest });
  record("undo-intended", { reason: `Rolls action ${run.id} back` });
  try {
    refuseHalted(options);
    const within = AbortSignal.any([signal, AbortSignal.timeout(runWithinMs)]);
    const answer = await action.undo(run.input, { captured: run.before?.captured, signal: within });
    record("undo-done", { reason: answer });
  } catch (error) {
    signal.throwIfAborted();
    record("undo-failed", { reason: messageOf(error) });
  }
}

/** Looks once more, after the intent is on the disk: a halt by file does not wait for that. */
function refuseHalted({ database }: ExecutionOptions): void {
  if (database.safety.halted()) throw new ActionError("Halted before the effect: nothing was sent");
}

/** Back to the agent, who may propose something else. */
function cancel(run: ActionRun, options: ExecutionOptions, why: string): void {
  end(run, options, { to: "cancelled", reason: `Cancelled: ${why}` });
}

/** What changes nothing does not fix a cause that is still there: it is ruled out, and not tried again and again. */
function endIdle(run: ActionRun, options: ExecutionOptions, effect: string): void {
  if (run.origin.kind !== "incident") return cancel(run, options, `nothing to do, ${effect}`);
  const reason = `Not run: it would change nothing, ${effect} already, and the cause is still there`;
  end(run, options, { to: "ineffective", reason });
}

/** Somebody else may have ended it meanwhile. */
function end(
  run: ActionRun,
  { database, clock, actor }: ExecutionOptions,
  how: Omit<Parameters<typeof endRun>[2], "atMs" | "actor">,
): void {
  database.transactDurably(() => {
    const current = database.actionRuns.get(run.id);
    if (current && !hasEnded(current)) endRun(database, current, { ...how, atMs: clock.now(), actor });
  });
}
