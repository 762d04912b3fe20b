/** Processes of this machine: who they are, whether they live, how they are ended, and how this executable starts itself. */

import { readFileSync } from "node:fs";
import { delimiter, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../clock.ts";
import { readIfThere } from "../files/file.ts";

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
  const found = platform === "linux" ? readProc(pid) : readPs(pid);
  if (!found || isOver(found)) return undefined;
  return { pid, startTime: found.startTime, stopped: found.state.toUpperCase().startsWith("T") };
}

/** Whether a process has ended and its parent has not asked how. The last of its threads may still hold its locks for a moment. */
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

/** `operator` is this executable, `program` another's. */
export type ChildKind = "operator" | "program";

type Environment = Readonly<Record<string, string | undefined>>;

/** What any program needs to find its files and to write times and text as its user does. */
const FOR_PROGRAMS = /^(?:PATH|HOME|TMPDIR|TZ|LANG|LC_[A-Z]+)$/;
/** None of them makes a node another limiter than the one that it is told to be. */
const FOR_OPERATORS = /^(?:TERM|NO_COLOR|XDG_[A-Z_]+|OPERATOR_DEBUG)$/;

/**
 * The environment for a child: what its kind needs and nothing else, so that neither secrets of other programs nor what
 * loads foreign code (`LD_PRELOAD`, `NODE_OPTIONS`, `BUN_OPTIONS`) is handed on.
 */
export function childEnvironment(kind: ChildKind, environment: Environment = process.env): Record<string, string> {
  const needed = Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    const isNeeded = FOR_PROGRAMS.test(name) || (kind === "operator" && FOR_OPERATORS.test(name));
    return isNeeded && value !== undefined ? [[name, value]] : [];
  });
  return { ...Object.fromEntries(needed), PATH: searchPath(environment) };
}

/** The path of a program on PATH; `undefined` if it is not there. What lies in the working folder is never meant. */
export function findProgram(name: string, environment: Environment = process.env): string | undefined {
  return Bun.which(name, { PATH: searchPath(environment) }) ?? undefined;
}

/** PATH without the entries that mean the working folder or depend on it. */
function searchPath({ PATH = "" }: Environment): string {
  return PATH.split(delimiter).filter(isAbsolute).join(delimiter);
}

/**
 * The command that starts this executable again, compiled or from source. From source it loads nothing that lies in the
 * working folder or above it: by default Bun would run a preload named there, and resolve imports by a `tsconfig.json`.
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

/** What the system says of a pid. */
interface Entry {
  readonly startTime: string;
  /** Begins with the letter of its state. */
  readonly state: string;
}

function isOver({ state }: Entry): boolean {
  return state.startsWith("Z") || state.startsWith("X");
}

function readProc(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name is in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", ticks = ""] = [fields[0], fields[19]];
    return { startTime: `${ticks}@${bootId()}`, state };
  } catch {
    return undefined;
  }
}

/** Start times count from boot, so that without it a pid could be mistaken after a reboot. */
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
