/** The processes that a deployment started, on disk before anything else happens, so that a later command can end them. */

import * as v from "valibot";
import { messageOf } from "../../../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../../../core/words/ids.ts";
import { writeWhole } from "../../../io/files/file.ts";
import { readPrivate } from "../../../io/files/private.ts";
import { log } from "../../../io/log.ts";
import { endProcess, type ProcessIdentity, processState } from "../../../io/system/process.ts";
import { wasStartedWith } from "../../../io/system/process-proof.ts";
import type { Folder } from "./folder.ts";
import { deploymentVariable, Identity, type Marker } from "./marker.ts";

const Journaled = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    /** The id of the deployment, as its marker has it. */
    deployment: v.string(),
    processes: v.record(v.string(), Identity),
  }),
);

/** The path of a journal, and its deployment. */
export interface JournalOptions {
  readonly path: string;
  /** Of the deployment. */
  readonly id: string;
  /** Whether the folder is still this deployment's. */
  readonly isHeld: () => boolean;
}

/** The processes that run, by component. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #processes = new Map<ComponentId, ProcessIdentity>();

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Records a started process. Synchronous: nothing happens between the start and the row. */
  started(component: ComponentId, identity: ProcessIdentity): void {
    this.#processes.set(component, identity);
    this.#write();
  }

  /** Removes an ended process. If that cannot be written, the row refers to a process that no longer runs. */
  ended(component: ComponentId): void {
    this.#processes.delete(component);
    try {
      this.#write();
    } catch (error) {
      log.debug("Cannot remove an ended process from the journal", { component, reason: messageOf(error) });
    }
  }

  #write(): void {
    const { path, id, isHeld } = this.#options;
    if (!isHeld()) return; // by now it may be the journal of another supervisor
    writeWhole(path, JSON.stringify({ deployment: id, processes: Object.fromEntries(this.#processes) }));
  }
}

/** Ends every running process of a dead supervisor that provably belongs to this deployment; returns how many. */
export async function endJournaled(folder: Folder, marker: Pick<Marker, "id">): Promise<number> {
  const journal = v.safeParse(Journaled, readPrivate(folder.journal));
  if (!journal.success || journal.output.deployment !== marker.id) return 0;
  const left = Object.entries(journal.output.processes).filter(([, identity]) => processState(identity) !== "gone");
  const variable = deploymentVariable(marker);
  const ours = left.filter(
    ([id, { pid }]) => isComponentId(id) && wasStartedWith(pid, { variable, folder: folder.data(id) }),
  );
  for (const [component, { pid }] of left.filter((entry) => !ours.includes(entry))) {
    log.warn("Did not end a process that may not belong to this deployment", {
      folder: folder.path,
      component,
      pid,
    });
  }
  await Promise.all(ours.map(([, identity]) => endProcess(identity, 3000)));
  return ours.length;
}
