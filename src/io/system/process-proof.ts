/** Proof that this program started a process, by properties that only the parent of a process sets. */

import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { childEnvironment, findProgram } from "./process.ts";

/** What a process was started with. */
export interface Start {
  /** A variable of its environment, as `NAME=value`. */
  readonly variable: string;
  /** Its working folder. It counts if a program has overwritten its environment, as Redis does to set its title. */
  readonly folder?: string;
}

/** Whether a process was started so, by `/proc` on Linux and by `ps` and `lsof` elsewhere. Unreadable properties are no proof. */
export function wasStartedWith(pid: number, start: Start, platform: NodeJS.Platform = process.platform): boolean {
  try {
    const variables = platform === "linux" ? environmentByProc(pid) : environmentByPs(pid);
    if (variables.length > 0) return variables.includes(start.variable);
    if (start.folder === undefined) return false;
    return realpathSync(start.folder) === (platform === "linux" ? folderByProc(pid) : folderByLsof(pid));
  } catch {
    return false;
  }
}

function environmentByProc(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(isVariable);
}

/** The arguments come first and may look like variables: only an exact match counts. */
function environmentByPs(pid: number): readonly string[] {
  return outputOf(["ps", "eww", "-o", "command=", "-p", String(pid)])
    .trim()
    .split(/\s+/)
    .filter(isVariable);
}

function folderByProc(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`);
}

function folderByLsof(pid: number): string | undefined {
  return /^n(.*)$/m.exec(outputOf(["lsof", "-a", "-p", String(pid), "-d", "cwd", "-Fn"]))?.[1];
}

function isVariable(text: string): boolean {
  return /^[A-Za-z_]\w*=/.test(text);
}

function outputOf(command: readonly string[]): string {
  const [program = "", ...args] = command;
  const options = { env: { ...childEnvironment("program"), LC_ALL: "C" }, stderr: "ignore" } as const;
  return Bun.spawnSync([findProgram(program) ?? program, ...args], options).stdout.toString();
}
