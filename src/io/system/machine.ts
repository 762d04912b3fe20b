/** Identifies this machine, and detects folders that other machines can write too. */

import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { readIfThere } from "../files/file.ts";
import { childEnvironment, findProgram } from "./process.ts";

/** Facts that decide whether the lock of a folder can be trusted; handed in so that tests can simulate other machines. */
export interface Machine {
  /** Unique per machine, and stable across restarts if the system has a persistent id. */
  readonly id: string;
  /** Name of the network file system that a folder is on; `undefined` on one of this machine's own. */
  networkFileSystem(path: string): string | undefined;
}

/** Access to the system. */
export interface MachineSources {
  readonly platform: NodeJS.Platform;
  /** Text of a file; `undefined` if there is none. */
  readonly read: (path: string) => string | undefined;
  /** Output of a program. */
  readonly run: (command: readonly string[]) => string;
  /** Magic number of the file system that a path is on. */
  readonly fileSystemOf: (path: string) => number;
}

/** Magic numbers of file systems that several machines can mount at once, by `statfs(2)` and linux/magic.h. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff53_4d42, "CIFS"],
  [0xfe53_4d42, "SMB2"],
  [0x0102_1997, "9p"],
  [0x6573_5546, "FUSE"],
  [0x00c3_6400, "Ceph"],
  [0x5346_414f, "AFS"],
  [0x6b41_4653, "AFS"],
  [0x7375_7245, "Coda"],
  [0x0116_1970, "GFS2"],
  [0x7461_636f, "OCFS2"],
  [0x0bd0_0bd0, "Lustre"],
  [0x4750_4653, "GPFS"],
  [0x1983_0326, "BeeGFS"],
  [0x2003_0528, "OrangeFS"],
  [0x786f_4256, "a VirtualBox share"],
  [0xbacb_acbc, "a VMware share"],
]);

const SYSTEM: MachineSources = {
  platform: process.platform,
  read: readIfThere,
  run: ([program = "", ...args]) => {
    const options = { env: { ...childEnvironment("program"), LC_ALL: "C" }, stderr: "ignore" } as const;
    return Bun.spawnSync([findProgram(program) ?? program, ...args], options).stdout.toString();
  },
  fileSystemOf: (path) => statfsSync(path).type,
};

/** The machine as described by the sources. */
export function machineBy({ platform, read, run, fileSystemOf }: MachineSources): Machine {
  let known: string | undefined;
  return {
    get id() {
      known ??= hashed(platform === "linux" ? linuxId(read) : run(["sysctl", "-n", "kern.uuid"]));
      return known;
    },
    networkFileSystem(path) {
      if (platform === "linux") return NETWORK_FILE_SYSTEMS.get(fileSystemOf(path) >>> 0);
      const device = run(["df", "-P", path]).trim().split("\n").at(-1)?.split(/\s+/)[0] ?? "";
      return /^\/\/|:/.test(device) ? device : undefined; // `//user@host/share` or `host:/path`
    },
  };
}

/** This one. */
export const thisMachine: Machine = machineBy(SYSTEM);

/** A container rarely has a machine-id; then the boot id identifies the machine until it restarts. */
function linuxId(read: MachineSources["read"]): string {
  const ids = ["/etc/machine-id", "/var/lib/dbus/machine-id"].map((path) => read(path)?.trim() ?? "");
  return ids.find((id) => /^[\da-f]{32}$/.test(id)) ?? read("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** The id is hashed, since it is confidential according to machine-id(5). */
function hashed(id: string): string {
  return createHash("sha256").update(`operator:${id.trim()}`).digest("hex").slice(0, 32);
}
