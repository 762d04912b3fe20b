/** When tickets open and resolve. */

/** The rules of one invariant. */
export interface TicketRules {
  /** Milliseconds of violation that make a ticket: the grace, rounded up to a multiple of the slowest probe's pace. */
  readonly graceMs: number;
  /** Readings that must hold before a ticket resolves. */
  readonly holdsToResolve: number;
  /** Milliseconds that must hold before a ticket resolves. */
  readonly holdDownMs: number;
  /** Milliseconds after resolving within which the same ticket opens again. */
  readonly reopenWithinMs: number;
}

/** The grace of an invariant and what differs from the defaults. */
export interface RuleSettings extends Partial<TicketRules> {
  readonly graceMs: number;
  /** Milliseconds between two readings of the slowest probe that the invariant rests on. @default {0} */
  readonly everyMs?: number;
}

/** A hold-down is never doubled beyond so many milliseconds. */
const LONGEST_HOLD_DOWN_MS = 600_000;

/** A doubled hold-down is forgotten after so many milliseconds without a ticket. */
const QUIET_MS = 3_600_000;

/** Completes settings with the defaults: three holds, a hold-down as long as the grace, ten minutes to reopen. */
export function ticketRules({ everyMs = 0, ...settings }: RuleSettings): TicketRules {
  const graceMs = everyMs > 0 ? Math.ceil(settings.graceMs / everyMs) * everyMs : settings.graceMs;
  return { holdsToResolve: 3, holdDownMs: graceMs, reopenWithinMs: 600_000, ...settings, graceMs };
}

/** How a ticket ended that may open again. */
export interface Ended {
  /** Epoch milliseconds. */
  readonly resolvedAtMs?: number;
  /** Milliseconds, where reopening has made it longer than the rules say. */
  readonly holdDownMs?: number;
}

/** Whether a ticket opens again, rather than a new one, where its invariant is violated once more. */
export function reopens({ resolvedAtMs }: Ended, atMs: number, { reopenWithinMs }: TicketRules): boolean {
  return resolvedAtMs !== undefined && atMs - resolvedAtMs <= reopenWithinMs;
}

/** Hold-down of the ticket that follows one that has ended: doubled by reopening, the default after an hour of quiet. */
export function holdDownAfter(ended: Ended | undefined, atMs: number, rules: TicketRules): number {
  if (ended?.resolvedAtMs === undefined || atMs - ended.resolvedAtMs >= QUIET_MS) return rules.holdDownMs;
  const earlierMs = Math.max(rules.holdDownMs, ended.holdDownMs ?? 0);
  if (!reopens(ended, atMs, rules)) return earlierMs;
  return Math.max(earlierMs, Math.min(2 * earlierMs, LONGEST_HOLD_DOWN_MS));
}
