/** Waits for what the story needs next, but not for ever. */

import type { Clock } from "../core/system/clock.ts";
import { formatDurationMs } from "../core/text/units.ts";
import { systemClock } from "../io/clock.ts";

/** What ends the waiting besides what is waited for. */
export interface Until {
  readonly signal: AbortSignal;
  /** @default the machine's own */
  readonly clock?: Clock;
}

const PATIENCE_MS = 60_000;

/**
 * Looks until there is something; ten times a second is soon enough for an eye.
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
