/** How far the operator may go, in words. */

import { type Ladder, mostPerHour } from "../../core/safety/ladder.ts";
import type { Halt } from "../../database/mod.ts";
import { isoTime } from "../time.ts";

/** One rung as a sentence; the kill switch outranks it. */
export function renderLadder(ladder: Ladder, halt?: Halt): string {
  if (halt) return `halted by ${halt.actor} at ${isoTime(halt.atMs)} (${halt.reason}): nothing runs`;
  switch (ladder.rung) {
    case "observe":
      return "at observe: nothing runs by itself";
    case "approve":
      return "at approve: each action waits for a person";
    case "auto":
      return `at auto: up to ${ladder.upTo} actions run by themselves (${mostPerHour(ladder)} per hour at most), others wait for a person`;
  }
}
