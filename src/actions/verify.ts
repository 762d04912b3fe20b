/** Verification: whether an action has fixed what it was to fix. Decided by fresh looks, never by the action's own word. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { remainingClaims } from "../core/diagnosis/hypothesis.ts";
import type { Proposal } from "../core/safety/proposal.ts";
import type { BoundAction } from "../core/subject/action.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import type { Clock } from "../core/system/clock.ts";
import type { SeriesSource } from "../core/system/series.ts";
import { messageOf } from "../core/text/errors.ts";
import type { Ticket } from "../core/tickets/ticket.ts";
import type { Database } from "../database/mod.ts";

/** What verification looks at, and for how long. */
export interface VerifyOptions {
  readonly database: Database;
  readonly session: Pick<Session, "look">;
  readonly series: SeriesSource;
  readonly clock: Clock;
  /** Milliseconds until what is still missing counts as failure. @default {180_000} */
  readonly verifyWithinMs?: number;
  /** Milliseconds for which the fixed cause may still be why something else is violated. @default {60_000} */
  readonly settleWithinMs?: number;
  /** Milliseconds between two looks. @default {1000} */
  readonly verifyEveryMs?: number;
}

/** What is missing after an action, in sentences; nothing at all means verified. */
export interface Missing {
  /** Of its own effect, and of what it was to fix. */
  readonly cause: readonly string[];
  /** Of everything else that the incident is about: what a fresh look does not find in order. */
  readonly violated: readonly string[];
  /** Tickets that are not resolved, be it only because they wait out their hold-down. */
  readonly open: readonly string[];
}

/**
 * Looks until nothing is missing or time is up, and answers what still is. What stays violated long after the cause
 * is gone has another one, and is not waited for.
 */
export async function verify(
  proposal: Proposal,
  action: BoundAction,
  options: VerifyOptions & Omit<FreshLook, "session">,
): Promise<Missing> {
  const { clock, signal, verifyWithinMs = 180_000, settleWithinMs = 60_000, verifyEveryMs = 1000 } = options;
  const untilMs = clock.monotonic() + verifyWithinMs;
  let goneSinceMs: number | undefined;
  for (;;) {
    const missing = await missingOf(proposal, action, options);
    const nowMs = clock.monotonic();
    goneSinceMs = missing.cause.length > 0 ? undefined : (goneSinceMs ?? nowMs);
    const unsettled = goneSinceMs !== undefined && nowMs - goneSinceMs >= settleWithinMs && missing.violated.length > 0;
    if (isNothing(missing) || unsettled || nowMs >= untilMs) return missing;
    await clock.sleep(verifyEveryMs, signal);
  }
}

/** How a fresh look is taken. */
export interface FreshLook {
  readonly session: Pick<Session, "look">;
  readonly signal: AbortSignal;
  /** By the clock's `monotonic()`: every reading that the tickets rest on must have begun later. */
  readonly begunAfterMs: number;
}

/** A look of which all readings that the tickets rest on began after a moment. */
export function lookAt(tickets: readonly Ticket[], { session, signal, begunAfterMs }: FreshLook): Promise<Checkup> {
  const invariants = [...new Set(tickets.map(({ invariant }) => invariant))];
  return session.look({ signal, begunAfterMs, invariants, tracked: tickets.map(({ entity }) => entity) });
}

function isNothing({ cause, violated, open }: Missing): boolean {
  return cause.length + violated.length + open.length === 0;
}

async function missingOf(
  { cause, incident, input }: Proposal,
  action: BoundAction,
  options: VerifyOptions & Omit<FreshLook, "session">,
): Promise<Missing> {
  const { database, signal } = options;
  const tickets = database.incidents.tickets(incident);
  try {
    const effective = await action.postCondition(input, signal);
    const now = await lookAt(tickets, options);
    const remaining = remainingClaims(cause, await freshEvidence(cause, now, options));
    return {
      cause: [
        ...(effective ? [] : [`the effect of ${action.id} is not there`]),
        ...remaining.map(({ figure }) => `the cause is still there: ${figure}`),
      ],
      violated: tickets.flatMap((ticket) => unhealthy(ticket, now)),
      open: tickets.filter(({ state }) => state === "open").map(({ id }) => `ticket ${id} is open`),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { cause: [`cannot be seen: ${messageOf(error)}`], violated: [], open: [] };
  }
}

/** An invariant that the look does not judge at all is the monitor's own, and its ticket says enough. */
function unhealthy({ invariant, entity }: Ticket, { judgements, retired }: Checkup): readonly string[] {
  const judged = judgements.filter((judgement) => judgement.invariant === invariant);
  if (judged.length === 0 || retired.includes(entity)) return [];
  const verdict = judged.find((judgement) => judgement.entity === entity)?.verdict ?? "unknown";
  return verdict === "holds" ? [] : [`${invariant} says ${verdict} of ${entity}`];
}
