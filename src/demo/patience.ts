/** Waits for the next step of the demo, for a limited time. */

import type { Clock } from "../core/system/clock.ts";
import { formatDurationMs } from "../core/text/units.ts";
import { systemClock } from "../io/clock.ts";

/** What else ends the wait. */
export interface Until {
  readonly signal: AbortSignal;
  /** @default the machine's own */
  readonly clock?: Clock;
}

/** A machine that is busy with something else takes many times longer than one that is not. */
const PATIENCE_MS = 180_000;

/**
 * Polls ten times a second until there is a value.
 * @throws {Error} If nothing comes.
 */
export async function waitFor<T>(wanted: string, look: () => T | undefined, until: Until): Promise<T> {
  const { signal, clock = systemClock } = until;
  const untilMs = clock.monotonic() + PATIENCE_MS;
  while (clock.monotonic() < untilMs) {
    const found = look();
    if (found !== undefined) return found;
    await clock.sleep(100, signal);
  }
  throw new Error(`Cannot go on with the demo: no ${wanted} within ${formatDurationMs(PATIENCE_MS)}`);
}
