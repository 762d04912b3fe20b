/** Living processes of one home, found by where they work and what they were told, not by what a journal says of them. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Pids of all processes but this one whose working folder is in a folder, or whose arguments name it. */
export function processesOf(folder: string): readonly number[] {
  const found = process.platform === "linux" ? byProc(folder) : byPs(folder);
  return found.filter((pid) => pid !== process.pid);
}

function byProc(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      isWithin(
        read(() => readlinkSync(`/proc/${pid}/cwd`)),
        pid,
      ),
    )
    .map(Number);

  function isWithin(cwd: string, pid: string): boolean {
    // One that has ended and was not waited for has neither.
    return (
      cwd.startsWith(folder) ||
      (cwd !== "" && read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).includes(folder))
    );
  }
}

/** Elsewhere by the arguments alone, which all have the home in them but those of Redis. */
function byPs(folder: string): readonly number[] {
  const { stdout } = Bun.spawnSync(["ps", "-axo", "pid=,command="]);
  const lines = stdout
    .toString()
    .split("\n")
    .filter((line) => line.includes(folder));
  return lines.map((line) => Number.parseInt(line, 10));
}

/** A process may end while it is looked at. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
