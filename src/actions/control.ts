/** What a person says to the actions: how far they may go, and yes or no to one of them. What is refused is on record, too. */

import { type ActionRun, type Approval, hasEnded, incidentOf, isGood, isReadable } from "../core/safety/action-run.ts";
import type { Ladder } from "../core/safety/ladder.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { formatDurationMs, formatIso } from "../core/text/units.ts";
import type { Change, Database } from "../database/mod.ts";
import { endRun } from "./record.ts";

/** Milliseconds for which an approval is good: from its due time on, where the run is not due before. */
const APPROVAL_MS = 15 * 60_000;

/**
 * Sets how far an instance may be acted upon.
 * @throws {InvalidInputError} If everything is halted.
 */
export function setLadder(
  database: Database,
  instance: number,
  { ladder, ...by }: Change & { readonly ladder: Ladder },
): void {
  database.transactDurably(() => {
    if (database.safety.halted()) {
      throw new InvalidInputError('Cannot set the ladder: everything is halted, expected "operator resume" first');
    }
    database.safety.setLadder(instance, ladder, by);
    audit(database, by, { instance, event: "ladder-set", detail: { ladder } });
  });
}

/**
 * Why a person's approval of a run would be refused now; nothing where it would be taken. A run that an approval alone does not
 * let begin can be approved all the same, so long as it can begin later.
 */
export function approvalRefusal(database: Database, id: number, nowMs: number): string | undefined {
  const run = database.actionRuns.get(id);
  if (!run) return `There is no action ${id}; list them with: operator actions list --all`;
  if (run.state !== "pending") return `Action ${id} is ${stateWords(run)}`;
  if (!isReadable(run)) return `Action ${id} cannot be approved: what is on record cannot be read`;
  if (database.safety.halted())
    return `Action ${id} cannot be approved: everything is halted; lift the halt with: operator resume`;
  if (run.origin.kind !== "person" && database.safety.ladder(run.instance).rung === "observe") {
    return `Action ${id} cannot be approved: the ladder is at observe; raise it with: operator ladder set approve`;
  }
  const incident = incidentOf(run);
  if (incident !== undefined && database.incidents.get(incident)?.state === "resolved") {
    return `Action ${id} cannot be approved: incident ${incident} is resolved`;
  }
  const good = database.actionRuns.approvals(id).find((approval) => isGood(approval, run.digest, nowMs));
  return good && `Action ${id} is already approved by ${good.actor}, until ${formatIso(good.expiresAtMs)}`;
}

/**
 * Approves one pending run exactly as it was shown: its digest is what a person has seen.
 * @throws {InvalidInputError} If it is not pending, is approved already, or nothing may run now.
 */
export function approve(
  database: Database,
  id: number,
  { digest: shown, ...by }: Change & { readonly digest?: string },
): Approval {
  return orRefused(database, { ...by, id, event: "approval-refused" }, () => {
    const refusal = approvalRefusal(database, id, by.atMs);
    const run = database.actionRuns.get(id);
    if (refusal !== undefined || !run) return refusal ?? `There is no action ${id}`;
    const { instance, digest, dueAtMs = by.atMs } = run;
    if (shown !== undefined && shown !== digest)
      return `Action ${id} is not what was shown; show it again with: operator actions show ${id}`;
    const expiresAtMs = Math.max(by.atMs, dueAtMs) + APPROVAL_MS;
    const goodFor = formatDurationMs(expiresAtMs - by.atMs);
    audit(database, by, {
      instance,
      event: "action-approved",
      detail: { run: id, digest, goodFor, reason: by.reason },
    });
    return database.actionRuns.approve(id, { digest, actor: by.actor, atMs: by.atMs, expiresAtMs });
  });
}

/**
 * Rejects one pending run. Its incident is then a person's: the agent would propose the same again.
 * @throws {InvalidInputError} If it is not pending.
 */
export function reject(database: Database, id: number, by: Change): ActionRun {
  return endByHand(database, id, { ...by, to: "rejected", event: "rejection-refused" });
}

/**
 * Cancels one pending run; the agent may propose it again.
 * @throws {InvalidInputError} If it is not pending.
 */
export function cancel(database: Database, id: number, by: Change): ActionRun {
  return endByHand(database, id, { ...by, to: "cancelled", event: "cancellation-refused" });
}

type EndByHand = Change & { readonly to: "rejected" | "cancelled"; readonly event: string };

function endByHand(database: Database, id: number, { to, event, ...by }: EndByHand): ActionRun {
  return orRefused(database, { ...by, id, event }, () => {
    const run = database.actionRuns.get(id);
    if (!run) return `There is no action ${id}; list them with: operator actions list --all`;
    if (run.state !== "pending") return `Action ${id} is ${stateWords(run)}`;
    const reason = `${to === "rejected" ? "Rejected" : "Cancelled by hand"}: ${by.reason}`;
    return endRun(database, run, { ...by, to, reason });
  });
}

/** Where a run is, as the end of a sentence. */
function stateWords(run: ActionRun): string {
  return hasEnded(run) ? `over: ${run.state}` : `${run.state}, and can no longer be stopped`;
}

/** Work that answers a refusal as text: that is put on record before it is thrown. */
function orRefused<T extends object>(
  database: Database,
  { id, event, ...by }: Change & { readonly id: number; readonly event: string },
  work: () => T | string,
): T {
  const result = database.transactDurably(() => {
    const answer = work();
    if (typeof answer !== "string") return answer;
    const instance = database.actionRuns.get(id)?.instance;
    audit(database, by, { event, detail: { run: id, reason: answer }, ...(instance !== undefined && { instance }) });
    return answer;
  });
  if (typeof result === "string") throw new InvalidInputError(result);
  return result;
}

interface Entry {
  readonly instance?: number;
  readonly event: string;
  readonly detail: unknown;
}

function audit(database: Database, { atMs, actor }: Change, entry: Entry): void {
  database.audit.append({ atMs, actor, ...entry });
}
