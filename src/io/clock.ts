/** The machine's own clock. */

import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(Math.max(0, ms), undefined, signal ? { signal } : {}),
};
