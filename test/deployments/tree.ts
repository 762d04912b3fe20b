/** Everything in a folder, to be held against everything in it later. */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What stands at each path: its kind, its mode, and what is in it. Databases are not opened, for that would lose locks. */
export function treeOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).toSorted();
  return new Map(names.map((name) => [name, describe(join(folder, name))]));
}

function describe(path: string): string {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (!stats.isFile()) return `${stats.isDirectory() ? "folder" : "other"} ${mode}`;
  return `file ${mode} ${path.includes(".db") ? stats.size : readFileSync(path, "utf8")}`;
}
