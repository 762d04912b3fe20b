/** The result of a halt. */

import { existsSync } from "node:fs";
import { type Halting, halt } from "../../actions/halt.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { Change } from "../../database/mod.ts";

/** Where a halt is in force. */
export interface HaltView extends Halting {
  /** Path of the database. */
  readonly path: string;
  /** Whether there is a database. */
  readonly exists: boolean;
  /** Names of its instances, if they could be read. */
  readonly titles: readonly string[];
}

/** Halts everything that works with a database, and returns the result. */
export function haltView(path: string, by: Change): HaltView {
  const halting = halt(path, by);
  const titles = "instances" in halting.row ? halting.row.instances.map(titleOf) : [];
  return { ...halting, path, exists: existsSync(path), titles };
}
