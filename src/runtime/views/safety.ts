/** The safety state of an instance: its ladder, and the halt that overrides it. */

import { type Ladder, LOWEST } from "../../core/safety/ladder.ts";
import type { Database, Halt } from "../../database/mod.ts";

/** The ladder in force, and the halt, if any. */
export interface SafetyView {
  readonly ladder: Ladder;
  readonly halt?: Halt;
}

/** Reads both. */
export function safetyView({ safety }: Pick<Database, "safety">, instance: number | undefined): SafetyView {
  const halt = safety.halted();
  return { ladder: instance === undefined ? LOWEST : safety.ladder(instance), ...(halt && { halt }) };
}
