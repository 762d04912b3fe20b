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

/** Milliseconds after which it is said again that passes fail for the same reason. */
const REMIND_MS = 60_000;

/** Runs pass after pass until the signal aborts. A failed pass is logged, and the next follows; the same reason is not repeated with each. */
export async function repeatEvery(
  pass: () => Promise<unknown>,
  { of, clock, everyMs }: Repetition,
  signal: AbortSignal,
): Promise<void> {
  let told: { readonly why: string; readonly atMs: number } | undefined;
  while (!signal.aborted) {
    try {
      await pass();
      told = undefined;
    } catch (error) {
      const [why, atMs] = [messageOf(error), clock.monotonic()];
      const isNews = told?.why !== why || atMs - told.atMs >= REMIND_MS;
      if (isNews && !signal.aborted) log.warn(`A pass of the ${of} failed`, { error: why });
      if (isNews) told = { why, atMs };
    }
    await clock.sleep(everyMs, signal).catch(() => undefined); // aborted: the loop ends
  }
}
