/** What an exact sliding window is, said in a few lines: the reference that the script is held against. */

import type { Answer, Step } from "./redis-clock.ts";

/** Counts every unit by the time it was taken. */
export class SlidingWindowModel {
  /** Microseconds, oldest first. */
  #taken: number[] = [];

  /** What is to be answered to one step. A unit counts as long as the window, both ends included. */
  decide({ atUs, limit, windowUs, cost }: Step): Omit<Answer, "nowUs" | "epochUs"> {
    // Where the clock has stepped back, units of its future count as taken now.
    this.#taken = this.#taken.map((takenUs) => Math.min(takenUs, atUs));
    const live = this.#taken.filter((takenUs) => takenUs >= atUs - windowUs);
    const leavesIn = (takenUs = atUs): number => takenUs + windowUs + 1 - atUs;
    const missing = live.length + cost - limit;
    if (missing > 0) {
      const retryUs = missing > live.length ? windowUs : leavesIn(live[missing - 1]);
      const waits = live.length > 0 ? { moreUs: leavesIn(live[0]), resetUs: leavesIn(live.at(-1)) } : NOTHING_TAKEN;
      return { retryUs, count: live.length, ...waits };
    }
    this.#taken = [...live, ...Array.from({ length: cost }, () => atUs)];
    return { retryUs: 0, count: this.#taken.length, moreUs: leavesIn(this.#taken[0]), resetUs: leavesIn(atUs) };
  }
}

const NOTHING_TAKEN = { moreUs: 0, resetUs: 0 };

/** The most units that were allowed in any interval of that length, both ends included. */
export function mostInAnyWindow(steps: readonly Step[], answers: readonly Answer[], windowUs: number): number {
  const allowed = steps.flatMap(({ atUs, cost }, at) => (answers[at]?.retryUs === 0 ? [{ atUs, cost }] : []));
  let first = 0;
  let units = 0;
  return allowed.reduce((most, { atUs, cost }) => {
    units += cost;
    for (let oldest = allowed[first]; oldest && oldest.atUs < atUs - windowUs; oldest = allowed[++first]) {
      units -= oldest.cost;
    }
    return Math.max(most, units);
  }, 0);
}
