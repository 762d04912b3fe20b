/** Which processes a deployment started, on disk before anything else happens, so that whoever comes later can end them. */

import * as v from "valibot";
import { messageOf } from "../../core/errors.ts";
import type { ComponentId } from "../../core/ids.ts";
import { readIfThere, writeWhole } from "../../io/file.ts";
import { log } from "../../io/log.ts";
import { endProcess, type ProcessIdentity, processState } from "../../io/process.ts";

const Processes = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(v.string(), v.object({ pid: v.number(), startTime: v.string() })),
);

/** The processes that run, by component. */
export class Journal {
  readonly #path: string;
  readonly #processes = new Map<ComponentId, ProcessIdentity>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Writes down what was started. Synchronous: nothing happens between the start and the row. */
  started(component: ComponentId, identity: ProcessIdentity): void {
    this.#processes.set(component, identity);
    this.#write();
  }

  /** Strikes out what has ended. Where that cannot be written, whoever reads the row finds nothing that runs. */
  ended(component: ComponentId): void {
    this.#processes.delete(component);
    try {
      this.#write();
    } catch (error) {
      log.debug("Left an ended process in the journal", { component, reason: messageOf(error) });
    }
  }

  #write(): void {
    writeWhole(this.#path, JSON.stringify(Object.fromEntries(this.#processes)));
  }
}

/** Ends every process of a dead supervisor that still runs; answers how many there were. */
export async function endJournaled(path: string): Promise<number> {
  const journal = v.safeParse(Processes, readIfThere(path));
  if (!journal.success) return 0;
  const left = Object.values(journal.output).filter((identity) => processState(identity) !== "gone");
  await Promise.all(left.map((identity) => endProcess(identity, 3000)));
  return left.length;
}
