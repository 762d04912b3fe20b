/** Living processes of one home, found by where they work and what they were told, not by what a journal says of them. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that lives. */
export interface OwnProcess {
  readonly pid: number;
  /** Its program and arguments. */
  readonly command: string;
}

/** All processes but this one whose working folder is in a folder, or whose arguments name it. */
export function processesOf(folder: string): readonly OwnProcess[] {
  const found = process.platform === "linux" ? byProc() : byLsof();
  return found.filter(({ pid, cwd, command }) => pid !== process.pid && `${cwd} ${command}`.includes(folder));
}

/** SIGKILL to a process, which may have ended by itself meanwhile. */
export function killIfThere({ pid }: OwnProcess): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

interface Seen extends OwnProcess {
  readonly cwd: string;
}

/** One that has ended and was not waited for has neither folder nor arguments. */
function byProc(): readonly Seen[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => ({
    pid: Number(pid),
    cwd: read(() => readlinkSync(`/proc/${pid}/cwd`)),
    command: read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")),
  }));
}

function byLsof(): readonly Seen[] {
  const working = outputOf("lsof", "-w", "-d", "cwd", "-Fpn").matchAll(/^p(\d+)\nfcwd\nn(.*)$/gm);
  const folders = new Map([...working].map(([, pid = "", cwd = ""]) => [pid, cwd]));
  const told = outputOf("ps", "-axo", "pid=,command=").matchAll(/^ *(\d+) (.*)$/gm);
  return [...told].map(([, pid = "", command = ""]) => ({ pid: Number(pid), command, cwd: folders.get(pid) ?? "" }));
}

/** A process may end while it is looked at. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}

function outputOf(...command: string[]): string {
  return Bun.spawnSync(command, { stderr: "ignore" }).stdout.toString();
}
