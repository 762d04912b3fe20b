/** Terms: what is granted from one moment to another by the wall clock, which can be put back. */

/** From when to when something holds, in epoch milliseconds. */
export interface Term {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Milliseconds by which a clock is corrected all the time; a larger step back was made on purpose or by a fault. */
export const SLACK_MS = 1000;

/**
 * Whether a term is running. One that has not begun was granted before the clock was put back: it has longer to run than
 * it was given, and is over.
 * @param slackMs How far ahead it may begin all the same. @default {1000}
 */
export function isRunning({ fromMs, untilMs }: Term, nowMs: number, slackMs = SLACK_MS): boolean {
  return nowMs < untilMs && nowMs >= fromMs - slackMs;
}
