/** Processes of this machine: who they are, whether they live, how they are ended, and how this executable starts itself. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { systemClock } from "./clock.ts";
import { readIfThere } from "./file.ts";

/** A process told apart from a later one of the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** What the system says of when it started; opaque, equal for the same process only. */
  readonly startTime: string;
}

/** Whether a process runs, is stopped by a signal, or is no more. */
export type ProcessState = "running" | "stopped" | "gone";

/** A look at one pid; `undefined` where nothing lives under it, a zombie included. */
export interface ProcessLook extends ProcessIdentity {
  readonly stopped: boolean;
}

/** Looks at a pid, by `/proc` on Linux and by `ps` elsewhere. */
export function lookAtProcess(pid: number, platform: NodeJS.Platform = process.platform): ProcessLook | undefined {
  return platform === "linux" ? lookByProc(pid) : lookByPs(pid);
}

/** State of one process, never of another that got its pid. */
export function processState({ pid, startTime }: ProcessIdentity): ProcessState {
  const look = lookAtProcess(pid);
  if (look?.startTime !== startTime) return "gone";
  return look.stopped ? "stopped" : "running";
}

/** Sends a signal if the process is still the same one; answers whether it was. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (processState(identity) === "gone") return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false; // it ended since the look
  }
}

/** Ends a process by SIGTERM, and by SIGKILL if it is still there after `graceMs`; a stopped one is continued first. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signalProcess(identity, "SIGTERM");
  signalProcess(identity, "SIGCONT");
  if (await waitUntil(() => processState(identity) === "gone", graceMs)) return;
  signalProcess(identity, "SIGKILL");
  await waitUntil(() => processState(identity) === "gone", 5000);
}

/** Polls a cheap condition; answers whether it came true within `timeoutMs`. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = systemClock.monotonic() + timeoutMs;
  while (!condition()) {
    if (systemClock.monotonic() > deadline) return false;
    await systemClock.sleep(10);
  }
  return true;
}

/** Whether this process was started to go on when its terminal is closed, as by `nohup`; only Linux can tell. */
export function outlivesTerminal(): boolean {
  const ignored = /^SigIgn:\s*([\da-f]+)$/m.exec(readIfThere("/proc/self/status") ?? "")?.[1] ?? "0";
  return (BigInt(`0x${ignored}`) & 1n) === 1n; // SIGHUP is the first of all
}

/** The environment for a child, without what would turn this executable into another program or run foreign code in it. */
export function childEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const { BUN_OPTIONS: _options, BUN_BE_BUN: _beBun, ...rest } = environment;
  return rest;
}

/** The command that starts this executable again, compiled or from source. */
export function operatorCommand(): readonly string[] {
  if (Bun.isStandaloneExecutable) return [process.execPath];
  return [process.execPath, fileURLToPath(new URL("../main.ts", import.meta.url))];
}

function lookByProc(pid: number): ProcessLook | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name is in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", ticks = ""] = [fields[0], fields[19]];
    if (state === "Z" || state === "X") return undefined;
    return { pid, startTime: `${ticks}@${bootId()}`, stopped: state.toUpperCase() === "T" };
  } catch {
    return undefined;
  }
}

/** Start times count from boot, so that without it a pid could be mistaken after a reboot. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function lookByPs(pid: number): ProcessLook | undefined {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-o", "lstart=", "-p", String(pid)], {
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
    stderr: "ignore",
  });
  const [state = "", ...startTime] = stdout.toString().trim().split(/\s+/);
  if (state === "" || state.startsWith("Z")) return undefined;
  return { pid, startTime: startTime.join(" "), stopped: state.startsWith("T") };
}
