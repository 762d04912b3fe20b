/** Work that is done again and again, whatever becomes of one pass. */

import type { Clock } from "../core/system/clock.ts";
import { messageOf } from "../core/text/errors.ts";
import { log } from "./log.ts";

/** Whose passes they are, and how far apart. */
export interface Repetition {
  /** Said when a pass fails. */
  readonly of: string;
  readonly clock: Clock;
  /** Milliseconds of rest after each pass, a failed one too. */
  readonly everyMs: number;
}

/** Runs pass after pass until the signal aborts. One that fails is told, and the next comes all the same. */
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
