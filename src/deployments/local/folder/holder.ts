/** Finds out who holds a deployment, as far as this process can know. */

import { messageOf } from "../../../core/text/errors.ts";
import { isFileLocked } from "../../../io/files/file-lock.ts";
import { type Machine, thisMachine } from "../../../io/system/machine.ts";
import { isZombie, type ProcessIdentity, processState } from "../../../io/system/process.ts";
import { wasStartedWith } from "../../../io/system/process-proof.ts";
import type { Folder } from "./folder.ts";
import { deploymentVariable, type Marker } from "./marker.ts";

const UNSEEN = "a process that is not visible from here holds it, for example in another container";
/** Retries, and milliseconds between them, for the lock of a process that has just ended. */
const MOST_LOOKS = 100;
const PAUSE_MS = 5;

/** `free` only if certainly no running process holds it; if that cannot be seen, it is held elsewhere. */
export type Holder =
  | { readonly held: "here"; readonly supervisor: ProcessIdentity }
  | { readonly held: "elsewhere"; readonly why: string }
  | { readonly held: "free" };

/** Checks the supervisor that the marker names and, if it is not visible, the machine, the lock and the file system. */
export function holderOf({ lock, path }: Folder, marker: Marker, machine: Machine = thisMachine): Holder {
  const { supervisor, machineId, takenOver } = marker;
  if (supervisor && isSupervisor(supervisor, marker)) return { held: "here", supervisor };
  if (machineId !== machine.id) return elsewhere("it was brought up on another machine, or in another container");
  try {
    if (isHeldFor(lock, supervisor)) return elsewhere(UNSEEN);
    const network = machine.networkFileSystem(path);
    // A deployment that a person has taken over has no invisible holder.
    if (network === undefined || takenOver !== undefined) return { held: "free" };
    return elsewhere(`its folder is on ${network}, where another machine may hold it invisibly`);
  } catch (error) {
    return elsewhere(messageOf(error));
  }
}

/** The lock of a process that was just killed is released a moment later. */
function isHeldFor(lock: string, supervisor: ProcessIdentity | undefined): boolean {
  for (let left = MOST_LOOKS; left > 0; left -= 1) {
    if (!isFileLocked(lock)) return false;
    if (!supervisor || !isZombie(supervisor)) break;
    Bun.sleepSync(PAUSE_MS);
  }
  return true;
}

/** Anyone can write a pid and a start time; only the parent sets the environment of a process. */
function isSupervisor(identity: ProcessIdentity, marker: Marker): boolean {
  if (processState(identity) === "gone") return false;
  return identity.pid === process.pid || wasStartedWith(identity.pid, { variable: deploymentVariable(marker) });
}

function elsewhere(why: string): Holder {
  return { held: "elsewhere", why };
}
