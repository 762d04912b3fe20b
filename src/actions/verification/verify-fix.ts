/** Whether a run has fixed the cause of its incident: its effect is there, the cause is gone, and so is what came of it. */

import { freshEvidence } from "../../core/diagnosis/fresh-evidence.ts";
import { type CheckedClaim, type Hypothesis, remainingClaims } from "../../core/diagnosis/hypothesis.ts";
import type { ActionRun, RunOrigin } from "../../core/safety/action-run.ts";
import type { BoundAction } from "../../core/subject/action.ts";
import type { Checkup } from "../../core/subject/checkup.ts";
import { messageOf } from "../../core/text/errors.ts";
import type { Ticket } from "../../core/tickets/ticket.ts";
import type { Database } from "../../database/mod.ts";
import { exitedSince, lookFor, type Verification, type Verifying } from "./look.ts";

/** A run of an incident. */
export type FixRun = ActionRun & { readonly origin: Extract<RunOrigin, { readonly kind: "incident" }> };

/** What one look finds missing, in sentences; nothing at all means verified. */
interface Missing {
  /** Of its own effect, and of what it was to fix. */
  readonly cause: readonly string[];
  /** Of everything else that the incident is about: what a fresh look does not find in order. */
  readonly violated: readonly string[];
  /** Tickets that are not resolved, be it only because they wait out their hold-down. */
  readonly open: readonly string[];
  /** Absent where nothing was seen. */
  readonly seen?: Seen;
}

/** What a relapse is told by. */
interface Seen {
  readonly isEffective: boolean;
  /** The persistent claims that are not known to be false. */
  readonly remaining: readonly CheckedClaim[];
  /** Processes that have ended again. */
  readonly exited: readonly string[];
}

/**
 * Looks until nothing is missing, time is up, or it has visibly failed. What stays violated long after the cause is gone
 * has another one, and is not waited for.
 */
export async function verifyFix(run: FixRun, action: BoundAction, options: Verifying): Promise<Verification> {
  const { clock, signal, verifyWithinMs = 180_000, settleWithinMs = 60_000, verifyEveryMs = 1000 } = options;
  const untilMs = clock.monotonic() + verifyWithinMs;
  const relapse = relapseWatch(run.origin.cause);
  let goneSinceMs: number | undefined;
  for (;;) {
    const missing = await missingOf(run, action, options);
    const nowMs = clock.monotonic();
    const failed = missing.seen && relapse(missing.seen);
    if (failed !== undefined) return { to: "ineffective", reason: `Not verified: ${failed}` };
    goneSinceMs = missing.cause.length > 0 ? undefined : (goneSinceMs ?? nowMs);
    const unsettled = goneSinceMs !== undefined && nowMs - goneSinceMs >= settleWithinMs && missing.violated.length > 0;
    if (isNothing(missing) || unsettled || nowMs >= untilMs) return endOf(missing);
    await clock.sleep(verifyEveryMs, signal);
  }
}

function endOf({ cause, violated, open }: Missing): Verification {
  const others = [...violated, ...open];
  if (cause.length > 0)
    return { to: "ineffective", reason: `Not verified in time: ${[...cause, ...others].join("; ")}` };
  if (others.length === 0) return { to: "verified", reason: "Verified: nothing is violated and the cause is gone" };
  return { to: "helped", reason: `The cause is gone, and something else is left: ${others.join("; ")}` };
}

function isNothing({ cause, violated, open }: Missing): boolean {
  return cause.length + violated.length + open.length === 0;
}

/** Says what has come back: at once where a process is gone, else when two looks in a row show it. */
function relapseWatch({ claims }: Hypothesis): (seen: Seen) => string | undefined {
  let wasEffective = false;
  let shown = 0;
  const gone = new Set<string>();
  return ({ isEffective, remaining, exited }) => {
    const [ended] = exited;
    if (ended !== undefined) return ended;
    const left = new Set(remaining.map(nameOf));
    const back = remaining.find((claim) => claim.outcome === "true" && gone.has(nameOf(claim)));
    for (const claim of claims) if (claim.persistent && !left.has(nameOf(claim))) gone.add(nameOf(claim));
    wasEffective ||= isEffective;
    const what = back
      ? `the cause is back: ${back.figure}`
      : wasEffective && !isEffective
        ? "its effect is gone again"
        : undefined;
    shown = what === undefined ? 0 : shown + 1;
    return shown >= 2 ? what : undefined;
  };
}

function nameOf({ predicate }: CheckedClaim): string {
  return JSON.stringify(predicate);
}

async function missingOf(run: FixRun, action: BoundAction, options: Verifying): Promise<Missing> {
  const { database, signal } = options;
  const { cause, incident } = run.origin;
  try {
    const isEffective = await action.postCondition(run.input, signal);
    const now = await lookFor(run, options);
    const remaining = remainingClaims(cause, await freshEvidence(cause, now, options));
    const tickets = database.incidents.tickets(incident);
    return {
      cause: [
        ...(isEffective ? [] : [`the effect of ${action.id} is not there`]),
        ...remaining.map(({ figure }) => `the cause is still there: ${figure}`),
      ],
      violated: [...tickets.flatMap((ticket) => unhealthy(ticket, now)), ...aftermath(run, now, database)],
      open: tickets.filter(({ state, held }) => state === "open" && !held).map(({ id }) => `ticket ${id} is open`),
      seen: { isEffective, remaining, exited: exitedSince(run, now.picture) },
    };
  } catch (error) {
    signal.throwIfAborted();
    return { cause: [`cannot be seen: ${messageOf(error)}`], violated: [], open: [] };
  }
}

/** What is violated on the component that was at fault and has no ticket yet: it may become one, which belongs to this. */
function aftermath({ origin, instance }: FixRun, { judgements }: Checkup, { incidents }: Database): readonly string[] {
  const { component } = origin.cause;
  const known = new Set(incidents.openTickets(instance).map(({ invariant, on }) => `${invariant} ${on}`));
  return judgements
    .filter(
      ({ on, verdict, invariant }) => on === component && verdict === "violated" && !known.has(`${invariant} ${on}`),
    )
    .map(({ invariant, entity }) => `${invariant} says violated of ${entity}`);
}

/** An invariant that the look does not judge at all is the monitor's own, and its ticket says enough. */
function unhealthy({ invariant, entity }: Ticket, { judgements, retired }: Checkup): readonly string[] {
  const judged = judgements.filter((judgement) => judgement.invariant === invariant);
  if (judged.length === 0 || retired.includes(entity)) return [];
  const verdict = judged.find((judgement) => judgement.entity === entity)?.verdict ?? "unknown";
  return verdict === "holds" ? [] : [`${invariant} says ${verdict} of ${entity}`];
}
