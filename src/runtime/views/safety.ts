/** How far an instance may be acted upon now: its ladder, and the halt that outranks it. */

import { type Ladder, LOWEST } from "../../core/safety/ladder.ts";
import { messageOf } from "../../core/text/errors.ts";
import type { Instance } from "../../core/words/instance.ts";
import { type Database, type Halt, openToRead } from "../../database/mod.ts";
import { databasePath } from "../databases.ts";

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

/** Milliseconds to wait for a database that another process has locked. */
const WAIT_MS = 1000;

/** Reads both of a deployment in the database of its home, or why that cannot be read. Nothing is made where nothing is. */
export function homeSafety(
  home: string,
  { subject, name }: Pick<Instance, "subject" | "name">,
): SafetyView | { readonly failed: string } {
  const path = databasePath({ home });
  try {
    using database = openToRead(path, { waitMs: WAIT_MS });
    return safetyView(database, database.instances.list(subject).find((instance) => instance.name === name)?.id);
  } catch (error) {
    return { failed: messageOf(error) };
  }
}
