/** Ends what a killed supervisor left running, and takes over deployments that are held elsewhere. Only `up` and `down` use it. */

import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { isFileLocked, takeFileLock } from "../../../io/files/file-lock.ts";
import { log } from "../../../io/log.ts";
import { type Machine, thisMachine } from "../../../io/system/machine.ts";
import { endProcess, waitUntil } from "../../../io/system/process.ts";
import { clearFolder, type Folder } from "./folder.ts";
import { endJournaled } from "./journal.ts";
import { type Marker, readMarker, writeMarker } from "./marker.ts";
import { stateOf } from "./state.ts";

/** Milliseconds that a supervisor has to end everything. */
const DOWN_GRACE_MS = 20_000;

/** Ends a deployment that is held here or not at all. One that is held elsewhere, or is not ours, stays unchanged. */
export async function takeDown(folder: Folder, machine: Machine = thisMachine): Promise<void> {
  const now = stateOf(folder, machine);
  if (now.state === "running") await endProcess(now.supervisor, DOWN_GRACE_MS);
  await cleanUp(folder, machine);
}

/** Ends and removes what is left if the supervisor is dead; otherwise does nothing. */
export async function cleanUp(folder: Folder, machine: Machine = thisMachine): Promise<void> {
  if (stateOf(folder, machine).state !== "dead") return;
  const lock = takeFileLock(folder.lock);
  if (!lock) return; // another process is cleaning it up or bringing it up
  try {
    await clean(folder, machine);
  } finally {
    lock.release();
  }
}

/** Takes over a deployment that is held elsewhere, because a person says that nothing holds it any more. A holder that still runs releases it. */
export async function takeOver(
  folder: Folder,
  { machine = thisMachine, graceMs = DOWN_GRACE_MS }: { readonly machine?: Machine; readonly graceMs?: number } = {},
): Promise<void> {
  const now = stateOf(folder, machine);
  if (now.state !== "elsewhere") return;
  writeMarker(folder.marker, { ...now.marker, machineId: machine.id, takenOver: randomUUID() });
  log.info(`Taking over ${folder.name}`);
  if (await waitUntil(() => !isFileLocked(folder.lock), graceMs)) return;
  log.warn("Replacing a lock that its holder does not release", { folder: folder.path });
  rmSync(folder.lock);
}

/**
 * Ends and removes what a dead supervisor left; this process must hold the lock.
 * @throws {Error} If another machine has brought the deployment up meanwhile.
 */
export async function clean(folder: Folder, machine: Machine = thisMachine): Promise<void> {
  const marker = readMarker(folder.marker);
  if (!marker?.supervisor) return;
  if (marker.machineId !== machine.id) throw new Error(`Cannot use folder "${folder.path}": another machine holds it`);
  const processes = await endJournaled(folder, marker);
  if (processes > 0)
    log.warn("Ended processes that a dead supervisor left running", { folder: folder.path, processes });
  clearFolder(folder, marker);
  rest(folder, marker);
}

/** Records that no process holds the deployment any more. */
export function rest(folder: Folder, { supervisor: _gone, takenOver: _whoever, ...marker }: Marker): void {
  writeMarker(folder.marker, marker);
}
