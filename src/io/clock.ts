/** The machine's own clock. */

import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/system/clock.ts";

/** Maximum milliseconds of one timer; a longer wait uses several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    for (let leftMs = ms; ; leftMs -= LONGEST_TIMER_MS) {
      await delay(Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS), undefined, signal ? { signal } : {});
      if (leftMs <= LONGEST_TIMER_MS) return;
    }
  },
};
