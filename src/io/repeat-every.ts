/** Repeats work, even if a pass fails. */

import type { Clock } from "../core/system/clock.ts";
import { messageOf } from "../core/text/errors.ts";
import { log } from "./log.ts";

/** The name and interval of repeated work. */
export interface Repetition {
  /** Name of the work, for the log line about a failed pass. */
  readonly of: string;
  readonly clock: Clock;
  /** Milliseconds of rest after each pass, a failed one too. */
  readonly everyMs: number;
}

/** Runs pass after pass until the signal aborts. A failed pass is logged, and the next follows. */
export async function repeatEvery(
  pass: () => Promise<unknown>,
  { of, clock, everyMs }: Repetition,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await pass();
    } catch (error) {
      if (!signal.aborted) log.warn(`A pass of the ${of} failed`, { error: messageOf(error) });
    }
    await clock.sleep(everyMs, signal).catch(() => undefined); // aborted: the loop ends
  }
}
