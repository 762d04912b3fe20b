/** One supervisor per deployment, held by a file that outlives nobody: a lock of a dead process counts as none. */

import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { hasCode, readIfThere } from "../../io/file.ts";
import { lookAtProcess, type ProcessIdentity, processState } from "../../io/process.ts";

/** A lock in this process's hands. */
export interface Lock {
  /** Whether it still is: whoever removes the file takes it away. */
  isHeld(): boolean;
  /** Gives it back, unless it is another's by now. */
  release(): void;
}

const Holder = v.pipe(v.string(), v.parseJson(), v.object({ pid: v.number(), startTime: v.string() }));

/** The living process that holds the lock; `undefined` if there is none. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  return livingHolder(readIfThere(path));
}

/** The error of a name that a living supervisor holds. */
export function inUse(name: string): Error {
  return new Error(
    `Cannot bring up deployment "${name}": it is running already, expected a free name (take it down with "operator down --name ${name}", or choose another --name)`,
  );
}

/** Takes the lock, from a dead holder too; `undefined` if a living process holds it. */
export function takeLock(path: string): Lock | undefined {
  const own = `${path}.${process.pid}`;
  const text = JSON.stringify(identity(process.pid));
  writeFileSync(own, text, { mode: 0o600 });
  const isHeld = (): boolean => readIfThere(path) === text;
  const release = (): void => {
    if (isHeld()) rmSync(path, { force: true });
  };
  try {
    for (;;) {
      if (linked(own, path)) return { isHeld, release };
      if (!removeStale(path)) return undefined;
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Clears the way if the holder is dead. Renaming first makes sure that only the lock that was looked at goes. */
function removeStale(path: string): boolean {
  const seen = readIfThere(path);
  if (livingHolder(seen)) return false;
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true; // another process was faster
    throw error;
  }
  if (readIfThere(aside) !== seen) linked(aside, path); // it was fresh: give it back
  rmSync(aside, { force: true });
  return true;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function livingHolder(text: string | undefined): ProcessIdentity | undefined {
  const holder = v.safeParse(Holder, text);
  return holder.success && processState(holder.output) !== "gone" ? holder.output : undefined;
}

function identity(pid: number): ProcessIdentity {
  return { pid, startTime: lookAtProcess(pid)?.startTime ?? "" };
}
