/** Files beside the database: named after it, whichever link leads to it, and of the same owner. */

import { lchownSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { hasCode } from "../../io/files/file.ts";

/**
 * The file of that suffix beside a database, for instance `/var/lib/operator/operator.db.halted`: the same one for all
 * who open the database, by links too.
 */
export function besideOf(database: string, suffix: string): string {
  return `${realPathOf(database)}${suffix}`;
}

/** Files that root writes beside a database get the owner of the database: an operator without root must read and remove them. */
export function giveToOwner(path: string, database: string): void {
  if (process.geteuid?.() !== 0) return;
  const like = statSync(database, { throwIfNoEntry: false }) ?? statSync(dirname(path));
  lchownSync(path, like.uid, like.gid);
}

/** For a missing file, the path at which SQLite would create it. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink) return realPathOf(resolve(dirname(path), readlinkSync(path)));
    return join(realpathSync(dirname(resolve(path))), basename(path));
  }
}
