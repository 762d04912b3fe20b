/** How far an instance may be acted upon now: its ladder, and the halt that outranks it. */

import { type Ladder, LOWEST } from "../../core/safety/ladder.ts";
import type { Database, Halt } from "../../database/mod.ts";

/** The ladder in force, and the halt where there is one. */
export interface SafetyView {
  readonly ladder: Ladder;
  readonly halt?: Halt;
}

/** Reads both. */
export function safetyView({ safety }: Pick<Database, "safety">, instance: number | undefined): SafetyView {
  const halt = safety.halted();
  return { ladder: instance === undefined ? LOWEST : safety.ladder(instance), ...(halt && { halt }) };
}
