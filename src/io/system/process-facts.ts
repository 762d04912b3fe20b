/** Facts about a process, the owner of a port, and the machine. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { availableParallelism, freemem, loadavg, totalmem } from "node:os";

/** A process that listens. */
export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

/** Resource usage of a process, as far as the system reports it. */
export interface ProcessUsage {
  /** User and system together. */
  readonly cpuSeconds: number;
  /** How long its main thread was ready to run and got no processor; absent where the system does not count it. */
  readonly cpuWaitSeconds?: number;
  readonly residentBytes: number;
  readonly threads: number;
  readonly openFiles?: number;
}

/** How busy the machine is. */
export interface HostLoad {
  /** Runnable processes on average over the last minute. */
  readonly load1m: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

/** Clock ticks of `/proc`, which every Linux counts a hundred of. */
const TICKS_PER_SECOND = 100;

/** The process that listens on a port of this machine; `undefined` if there is none, or its owner cannot be determined. */
export function portOwner(port: number, platform: NodeJS.Platform = process.platform): PortOwner | undefined {
  return platform === "linux" ? ownerByProc(port) : ownerByLsof(port);
}

/** Resource usage of a process; `undefined` if there is none, or the system does not report it. */
export function processUsage(pid: number, platform: NodeJS.Platform = process.platform): ProcessUsage | undefined {
  return platform === "linux" ? usageByProc(pid) : usageByPs(pid);
}

/** How busy this machine is. */
export function hostLoad(): HostLoad {
  return {
    load1m: loadavg()[0] ?? 0,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
  };
}

function ownerByProc(port: number): PortOwner | undefined {
  const inodes = new Set(["tcp", "tcp6"].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  const pid = numbersIn("/proc").find((candidate) => holdsAny(candidate, inodes));
  return pid === undefined ? undefined : { pid, command: commandOf(pid) };
}

/** Inodes of the sockets in state LISTEN (0A) on a port; proc(5), `/proc/net/tcp`. */
function listeningInodes(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = readOr(`/proc/net/${table}`, "").split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
    return state === "0A" && local.endsWith(`:${hex}`) ? [inode] : [];
  });
}

function holdsAny(pid: number, inodes: ReadonlySet<string>): boolean {
  return listed(`/proc/${pid}/fd`).some((fd) => {
    try {
      const [, inode = ""] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inodes.has(inode);
    } catch {
      return false; // closed since
    }
  });
}

function usageByProc(pid: number): ProcessUsage | undefined {
  const stat = readOr(`/proc/${pid}/stat`, "");
  if (stat === "") return undefined;
  // The program's name is in parentheses and may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const number = (index: number): number => Number(fields[index] ?? 0);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readOr(`/proc/${pid}/status`, ""))?.[1] ?? "0";
  const openFiles = listed(`/proc/${pid}/fd`).length;
  // The second figure of proc(5), `/proc/pid/schedstat`, in nanoseconds.
  const waitedNs = /^\d+ (\d+) /.exec(readOr(`/proc/${pid}/schedstat`, ""))?.[1];
  return {
    cpuSeconds: (number(11) + number(12)) / TICKS_PER_SECOND,
    ...(waitedNs !== undefined && { cpuWaitSeconds: Number(waitedNs) / 1e9 }),
    residentBytes: Number(resident) * 1024,
    threads: number(17),
    ...(openFiles > 0 && { openFiles }),
  };
}

function ownerByLsof(port: number): PortOwner | undefined {
  const text = output(["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"]);
  const pid = Number(/^p(\d+)$/m.exec(text)?.[1]);
  return pid > 0 ? { pid, command: output(["ps", "-o", "command=", "-p", String(pid)]).trim() } : undefined;
}

function usageByPs(pid: number): ProcessUsage | undefined {
  const [time = "", kilobytes = ""] = output(["ps", "-o", "time=", "-o", "rss=", "-p", String(pid)])
    .trim()
    .split(/\s+/);
  if (kilobytes === "") return undefined;
  const cpuSeconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuSeconds, residentBytes: Number(kilobytes) * 1024, threads: 0 };
}

function commandOf(pid: number): string {
  return readOr(`/proc/${pid}/cmdline`, "").replaceAll("\0", " ").trim();
}

function numbersIn(folder: string): readonly number[] {
  return listed(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

function output(command: string[]): string {
  try {
    return Bun.spawnSync(command, { stderr: "ignore", timeout: 1000 }).stdout.toString();
  } catch {
    return "";
  }
}
