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
  /** Whether something violated is cut off from what others of its kind reach. @default {false} */
  readonly isCut?: boolean;
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

/** Milliseconds after which a cut beside a cause that is gone is no part of its recovery: who can reconnect has done so. */
const RECONNECTED_MS = 15_000;

/**
 * Looks until nothing is missing, time is up, or it has visibly failed. What stays violated long after the cause is gone
 * has another one, and is not waited for; what is cut off alone is not waited for that long.
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
    const settlesMs = missing.isCut ? Math.min(RECONNECTED_MS, settleWithinMs) : settleWithinMs;
    const unsettled = goneSinceMs !== undefined && nowMs - goneSinceMs >= settlesMs && missing.violated.length > 0;
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
      violated: [...tickets.flatMap((ticket) => unhealthy(ticket, now, database)), ...aftermath(run, now, database)],
      isCut: isCutAlone(now),
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

/** Of the other entities of a ticket that are violated, as many are named. */
const MOST_NAMED = 3;

/** An invariant that the look does not judge at all is the monitor's own, and its ticket says enough. */
function unhealthy(
  { id, invariant, entity, state }: Ticket,
  { judgements, retired }: Checkup,
  { tickets }: Pick<Database, "tickets">,
): readonly string[] {
  const judged = new Map(
    judgements.filter((one) => one.invariant === invariant).map((one) => [one.entity, one.verdict]),
  );
  if (judged.size === 0) return [];
  const verdict = judged.get(entity) ?? "unknown";
  const own = verdict === "holds" || retired.includes(entity) ? [] : [`${invariant} says ${verdict} of ${entity}`];
  const affected = state === "open" ? tickets.entities(id).filter(({ leftAtMs }) => leftAtMs === undefined) : [];
  const others = affected.filter((one) => one.entity !== entity && judged.get(one.entity) === "violated");
  return [...own, ...others.slice(0, MOST_NAMED).map((one) => `${invariant} says violated of ${one.entity}`)];
}

/** Whether something that is up and violated has lost what is up, too, and is reached by others of the same kind. */
function isCutAlone({ judgements, picture: { components, links } }: Checkup): boolean {
  const up = new Set(components.flatMap(({ id, state }) => (state === "up" ? [id] : [])));
  const violated = new Set(judgements.flatMap(({ on, verdict }) => (verdict === "violated" ? [on] : [])));
  const broken = links.filter(({ from, to, state }) => state === "down" && up.has(from) && up.has(to));
  return broken.some(
    ({ from, to, kind }) =>
      violated.has(from) &&
      links.some((other) => other.to === to && other.kind === kind && other.from !== from && other.state === "up"),
  );
}
