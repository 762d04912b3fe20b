/** What a supervisor that was killed leaves behind, and its end. */

import { readIfThere } from "../../io/file.ts";
import { log } from "../../io/log.ts";
import { clearFolder, type Folder } from "./folder.ts";
import { endJournaled } from "./journal.ts";
import { type Lock, lockHolder, takeLock } from "./lock.ts";

/** Ends what a dead supervisor left, if there is any; answers whether there was. A living one is left alone. */
export async function sweep(folder: Folder): Promise<boolean> {
  const traces = [folder.lock, folder.journal].map(readIfThere);
  if (traces.every((trace) => trace === undefined) || lockHolder(folder.lock)) return false;
  const lock = takeLock(folder.lock);
  if (!lock) return false;
  try {
    await clean(folder);
  } finally {
    forget(folder, lock);
  }
  return true;
}

/** Ends and removes all that was left; the lock must be in this process's hands. */
export async function clean(folder: Folder): Promise<void> {
  const processes = await endJournaled(folder.journal);
  if (processes > 0) log.warn("Ended processes that a dead supervisor left", { folder: folder.path, processes });
  clearFolder(folder);
}

/** Removes all but the logs; the lock goes last, for until then nobody else may write here, and who has lost it may not either. */
export function forget(folder: Folder, lock: Lock): void {
  if (!lock.isHeld()) return;
  clearFolder(folder);
  lock.release();
}
