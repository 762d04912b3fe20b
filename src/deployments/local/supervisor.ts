/** Holds one local deployment from its start to its end. */

import { readIfThere, writeWhole } from "../../io/file.ts";
import { log } from "../../io/log.ts";
import { Cluster, type UpOptions } from "./cluster.ts";
import { listenForControl } from "./control.ts";
import { clearFolder, type Folder, makeFolder } from "./folder.ts";
import { endJournaled } from "./journal.ts";
import { type Lock, lockHolder, takeLock } from "./lock.ts";
import type { Plan } from "./plan.ts";

/** What supervising needs besides the plan. */
export interface SuperviseOptions extends UpOptions {
  readonly folder: Folder;
  /** Called once everything is ready. */
  readonly onUp: () => void;
}

/**
 * Brings a deployment up, holds it until the signal aborts, and takes it down, whatever happened.
 * @throws {Error} If the name is in use or something does not start.
 */
export async function supervise(plan: Plan, options: SuperviseOptions): Promise<void> {
  const { folder, signal, onUp } = options;
  makeFolder(folder);
  const lock = takeLock(folder.lock);
  if (!lock) throw inUse(plan.name);
  try {
    await clean(folder);
    writeWhole(folder.plan, JSON.stringify(plan));
    const cluster = new Cluster(plan, folder);
    await using _control = listenForControl(cluster, folder.socket);
    try {
      await cluster.up(options);
      onUp();
      await aborted(signal);
    } finally {
      await cluster.down();
    }
  } finally {
    forget(folder, lock);
  }
}

/** The error of a name that a living supervisor holds. */
export function inUse(name: string): Error {
  return new Error(
    `Cannot bring up deployment "${name}": it is running already, expected a free name (take it down with "operator down --name ${name}", or choose another --name)`,
  );
}

/** Ends what a dead supervisor left, if there is any; answers whether there was. A living one is left alone. */
export async function sweep(folder: Folder): Promise<boolean> {
  if (lockHolder(folder.lock) || readIfThere(folder.lock) === undefined) return false;
  const lock = takeLock(folder.lock);
  if (!lock) return false;
  try {
    await clean(folder);
  } finally {
    forget(folder, lock);
  }
  return true;
}

/** Called with the lock in hand. */
async function clean(folder: Folder): Promise<void> {
  const processes = await endJournaled(folder.journal);
  if (processes > 0) log.warn("Ended processes that a dead supervisor left", { folder: folder.path, processes });
  clearFolder(folder);
}

/** The lock goes last: until then nobody else may write here. */
function forget(folder: Folder, lock: Lock): void {
  clearFolder(folder);
  lock.release();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
