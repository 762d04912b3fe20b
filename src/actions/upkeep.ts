/** What an executor puts in order before it begins anything: approvals before their time, and pending runs that have lost their ground. */

import { type ActionRun, hasEnded, incidentOf, isEarly, isReadable } from "../core/safety/action-run.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { formatDurationMs } from "../core/text/units.ts";
import type { Actor } from "../core/words/actor.ts";
import { carryHalt } from "./halt.ts";
import { isObsolete, type PreconditionOptions } from "./preconditions.ts";
import { endRun, recordRun } from "./record.ts";

/** Whose runs are put in order, and by whom. */
export interface UpkeepOptions extends PreconditionOptions {
  /** Id of the instance. */
  readonly instance: number;
  readonly actor: Actor;
}

/** Milliseconds by which a run of a person or of a plan may begin late; after that it is reported and does not run. */
const LATEST_MS = 5 * 60_000;

/** Puts everything in order, and answers the runs that it has ended. What cannot be seen changes nothing. */
export async function upkeep(options: UpkeepOptions): Promise<readonly ActionRun[]> {
  const { database, clock, actor } = options;
  carryHalt(database, { atMs: clock.now(), actor });
  voidEarly(options);
  return [...cancelGroundless(options), ...(await cancelObsolete(options))];
}

/** By the time that the clock shows when an approval was given again, it would be good again. */
function voidEarly({ database, instance, clock, actor }: UpkeepOptions): void {
  const atMs = clock.now();
  for (const run of database.actionRuns.list({ instance, state: "pending" })) {
    for (const { id: approval } of database.actionRuns.approvals(run.id).filter((one) => isEarly(one, atMs))) {
      database.transactDurably(() => {
        database.actionRuns.void(approval);
        const reason = "The clock was set back";
        recordRun(database, run, { atMs, actor, event: "approval-voided", detail: { approval }, reason });
      });
    }
  }
}

/** Ends what has nothing left to do by what is on record. */
function cancelGroundless({ database, instance, clock, actor }: UpkeepOptions): readonly ActionRun[] {
  const atMs = clock.now();
  return database.actionRuns.list({ instance, state: "pending" }).flatMap((run) => {
    const why = groundlessness(run, { database });
    const lateMs = run.origin.kind === "incident" ? 0 : atMs - (run.dueAtMs ?? atMs);
    if (why !== undefined) return endRun(database, run, { to: "cancelled", atMs, actor, reason: `Cancelled: ${why}` });
    if (lateMs <= LATEST_MS) return [];
    const reason = `Not run: it was due ${formatDurationMs(Math.floor(lateMs / 1000) * 1000)} ago`;
    return endRun(database, run, { to: "overdue", atMs, actor, reason });
  });
}

function groundlessness(run: ActionRun, { database }: Pick<UpkeepOptions, "database">): string | undefined {
  const incident = incidentOf(run);
  if (incident !== undefined && database.incidents.get(incident)?.state === "resolved")
    return "its incident is resolved";
  if (!isReadable(run)) return "it cannot be read";
  const predecessor = run.predecessor === undefined ? undefined : database.actionRuns.get(run.predecessor);
  if (!predecessor || !hasEnded(predecessor) || predecessor.state === "verified") return undefined;
  return `its predecessor, action ${predecessor.id}, is ${predecessor.state}`;
}

/** Withdraws what a look shows to have nothing left to fix. */
async function cancelObsolete(options: UpkeepOptions): Promise<readonly ActionRun[]> {
  const { database, instance, session, signal, clock, actor } = options;
  const pending = database.actionRuns.list({ instance, state: "pending" });
  const suspects = pending.filter(({ origin }) => origin.kind === "incident");
  if (suspects.length === 0) return [];
  let now: Checkup;
  try {
    now = await session.look({ signal });
  } catch {
    signal.throwIfAborted();
    return [];
  }
  const ended: ActionRun[] = [];
  for (const run of suspects) {
    if (!(await isObsolete(run, now, options))) continue;
    database.transactDurably(() => {
      if (database.actionRuns.get(run.id)?.state !== "pending") return;
      const reason = "Cancelled: its cause is gone";
      ended.push(endRun(database, run, { to: "cancelled", atMs: clock.now(), actor, reason }));
    });
  }
  return ended;
}
