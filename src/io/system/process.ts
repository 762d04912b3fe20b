/** Processes of this machine: their identity and state, how they are ended, and how this executable starts itself. */

import { readFileSync } from "node:fs";
import { delimiter, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../clock.ts";
import { readIfThere } from "../files/file.ts";

/** A process told apart from a later one of the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system reports it; opaque, equal only for the same process. */
  readonly startTime: string;
}

/** Whether a process runs, is stopped by a signal, or has ended. */
export type ProcessState = "running" | "stopped" | "gone";

/** Reads one pid; `undefined` if no process runs under it; a zombie counts as ended. */
export interface ProcessLook extends ProcessIdentity {
  readonly stopped: boolean;
}

/** Reads a pid, by `/proc` on Linux and by `ps` elsewhere. */
export function lookAtProcess(pid: number, platform: NodeJS.Platform = process.platform): ProcessLook | undefined {
  const found = platform === "linux" ? readProc(pid) : readPs(pid);
  if (!found || isOver(found)) return undefined;
  return { pid, startTime: found.startTime, stopped: found.state.toUpperCase().startsWith("T") };
}

/** Whether a process is a zombie. The last of its threads may still hold its locks for a moment. */
export function isZombie({ pid, startTime }: ProcessIdentity): boolean {
  const found = process.platform === "linux" ? readProc(pid) : readPs(pid);
  return found?.startTime === startTime && isOver(found);
}

/** State of one process, never of another that got its pid. */
export function processState({ pid, startTime }: ProcessIdentity): ProcessState {
  const look = lookAtProcess(pid);
  if (look?.startTime !== startTime) return "gone";
  return look.stopped ? "stopped" : "running";
}

/** Sends a signal if the process is still the same one; returns whether it was. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (processState(identity) === "gone") return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false; // it has ended since the read
  }
}

/** Ends a process by SIGTERM, and by SIGKILL if it still exists after `graceMs`; a stopped one is continued first. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signalProcess(identity, "SIGTERM");
  signalProcess(identity, "SIGCONT");
  if (await waitUntil(() => processState(identity) === "gone", graceMs)) return;
  signalProcess(identity, "SIGKILL");
  await waitUntil(() => processState(identity) === "gone", 5000);
}

/** Polls a cheap condition; returns whether it became true within `timeoutMs`. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = systemClock.monotonic() + timeoutMs;
  while (!condition()) {
    if (systemClock.monotonic() > deadline) return false;
    await systemClock.sleep(10);
  }
  return true;
}

/** Whether this process was started to survive the end of its terminal, as by `nohup`; known only on Linux. */
export function outlivesTerminal(): boolean {
  const ignored = /^SigIgn:\s*([\da-f]+)$/m.exec(readIfThere("/proc/self/status") ?? "")?.[1] ?? "0";
  return (BigInt(`0x${ignored}`) & 1n) === 1n; // SIGHUP is bit 0
}

/** `operator` is this executable, `program` another's. */
export type ChildKind = "operator" | "program";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that any program needs to find its files and to format times and text. */
const FOR_PROGRAMS = /^(?:PATH|HOME|TMPDIR|TZ|LANG|LC_[A-Z]+)$/;
/** Variables of this executable, without those that change the settings of a node. */
const FOR_OPERATORS = /^(?:TERM|NO_COLOR|XDG_[A-Z_]+|OPERATOR_DEBUG)$/;

/**
 * The environment of a child: only what its kind needs, so that neither secrets of other programs nor variables that
 * load foreign code (`LD_PRELOAD`, `NODE_OPTIONS`, `BUN_OPTIONS`) are passed on.
 */
export function childEnvironment(kind: ChildKind, environment: Environment = process.env): Record<string, string> {
  const needed = Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    const isNeeded = FOR_PROGRAMS.test(name) || (kind === "operator" && FOR_OPERATORS.test(name));
    return isNeeded && value !== undefined ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(needed), PATH: searchPath(environment) };
}

/** The path of a program on PATH; `undefined` if it is missing. The working folder is never searched. */
export function findProgram(name: string, environment: Environment = process.env): string | undefined {
  return Bun.which(name, { PATH: searchPath(environment) }) ?? undefined;
}

/** PATH without the entries that mean the working folder or depend on it. */
function searchPath({ PATH = "" }: Environment): string {
  return PATH.split(delimiter).filter(isAbsolute).join(delimiter);
}

/**
 * The command that starts this executable again, compiled or from source. From source it loads nothing from the working
 * folder or its parents, where Bun would by default run a preload and read a `tsconfig.json`.
 */
export function operatorCommand(): readonly string[] {
  if (Bun.isStandaloneExecutable) return [process.execPath];
  return [
    process.execPath,
    `--config=${fromRoot("bunfig.toml")}`,
    `--tsconfig-override=${fromRoot("tsconfig.json")}`,
    "--no-env-file",
    "--no-install",
    fromRoot("src/main.ts"),
  ];
}

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** The system's data on a pid. */
interface Entry {
  readonly startTime: string;
  /** State, beginning with its letter. */
  readonly state: string;
}

function isOver({ state }: Entry): boolean {
  return state.startsWith("Z") || state.startsWith("X");
}

function readProc(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name is in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", ticks = ""] = [fields[0], fields[19]];
    return { startTime: `${ticks}@${bootId()}`, state };
  } catch {
    return undefined;
  }
}

/** Start times count from boot, so without the boot id a pid could match another process after a reboot. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function readPs(pid: number): Entry | undefined {
  const { stdout } = Bun.spawnSync(
    [findProgram("ps") ?? "/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", String(pid)],
    {
      env: { ...childEnvironment("program"), LC_ALL: "C", TZ: "UTC" },
      stderr: "ignore",
    },
  );
  const [state = "", ...startTime] = stdout.toString().trim().split(/\s+/);
  return state === "" ? undefined : { startTime: startTime.join(" "), state };
}
