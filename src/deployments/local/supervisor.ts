/** Holds one local deployment from its start to its end. */

import { systemClock } from "../../io/clock.ts";
import { writeWhole } from "../../io/file.ts";
import { Cluster, type UpOptions } from "./cluster.ts";
import { listenForControl } from "./control.ts";
import { clearLogs, type Folder, makeFolder } from "./folder.ts";
import { clean, forget } from "./leftovers.ts";
import { inUse, type Lock, takeLock } from "./lock.ts";
import type { Plan } from "./plan.ts";
import { writeSecrets } from "./secrets.ts";

/** What supervising needs besides the plan. */
export interface SuperviseOptions extends UpOptions {
  readonly folder: Folder;
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Called once everything is ready. */
  readonly onUp: () => void;
}

/** Milliseconds between two looks at the folder. */
const LOOK_EVERY_MS = 1000;

/**
 * Brings a deployment up, holds it until the signal aborts or its folder is gone, and takes it down, whatever happened.
 * @throws {Error} If the name is in use or something does not start.
 */
export async function supervise(plan: Plan, options: SuperviseOptions): Promise<void> {
  const { folder, secrets, signal, onUp } = options;
  makeFolder(folder);
  const lock = takeLock(folder.lock);
  if (!lock) throw inUse(plan.name);
  try {
    await clean(folder);
    clearLogs(folder);
    writeSecrets(secrets, folder);
    writeWhole(folder.plan, JSON.stringify(plan));
    const cluster = new Cluster(plan, folder);
    await using _control = listenForControl(cluster, folder.socket);
    try {
      await cluster.up(options);
      onUp();
      await untilEnd(lock, signal);
    } finally {
      await cluster.down();
    }
  } finally {
    forget(folder, lock);
  }
}

/** Without its folder nobody would ever find this process again. */
async function untilEnd(lock: Lock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && lock.isHeld()) {
    await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}
