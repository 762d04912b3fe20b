/** A watch whose database lies on a disk of its own that can be filled: a small tmpfs that nobody else sees and that ends with it. */

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ended } from "./operator-processes.ts";

/** Such a watch. Disposing ends it, and its disk with it. */
export interface ScarceWatch extends AsyncDisposable {
  /** Whether its database is there. */
  hasBegun(): boolean;
  /** Runs one of the operator's commands on its database. */
  run(...args: readonly string[]): Promise<Ended>;
  /** What it has printed so far. */
  printed(): string;
  /** Leaves no byte free. */
  fill(): void;
  free(): void;
}

const MAIN = new URL("../../../src/main.ts", import.meta.url).pathname;
const IS_ROOT = process.geteuid?.() === 0;
const UNSHARE = IS_ROOT ? ["unshare", "-m"] : ["unshare", "-r", "-m"];
const ENTER = IS_ROOT ? ["-m"] : ["-U", "-m", "--preserve-credentials"];
/** Longer than any command takes that ends by itself. */
const MOST_MS = 60_000;

/** Whether this machine lets anybody mount a disk for itself. */
export function canMount(): boolean {
  return (
    Bun.which("unshare") !== null && Bun.spawnSync([...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", tmpdir()]).success
  );
}

/** Starts to watch what runs in a home. */
export function startScarceWatch(home: string): ScarceWatch {
  const folder = mkdtempSync(join(tmpdir(), "operator-scarce-"));
  const printed = `${folder}.log`;
  writeFileSync(printed, "");
  const script = 'mount -t tmpfs -o size=6m tmpfs "$1" && shift && exec "$@"';
  const operator = (...args: readonly string[]): readonly string[] => {
    return [process.execPath, MAIN, ...args, "--db", join(folder, "operator.db")];
  };
  const env = { ...process.env, OPERATOR_HOME: home };
  const watch = operator("watch", "--json", "--interval", "1s");
  const child = Bun.spawn([...UNSHARE, "sh", "-c", script, "sh", folder, ...watch], {
    env,
    stdio: ["ignore", Bun.file(printed), Bun.file(printed)],
  });
  // The mount is seen by its own process only, and by whoever enters it or looks through it.
  const disk = `/proc/${child.pid}/root${folder}`;
  const filler = join(disk, "filler");
  return {
    hasBegun: () => existsSync(join(disk, "operator.db")),
    async run(...args) {
      const inside = ["nsenter", "-t", String(child.pid), ...ENTER, ...operator(...args)];
      const command = Bun.spawn(inside, { env, stdio: ["ignore", "pipe", "pipe"], timeout: MOST_MS });
      const [stdout, stderr] = await Promise.all([
        new Response(command.stdout).text(),
        new Response(command.stderr).text(),
      ]);
      return { code: await command.exited, stdout, stderr };
    },
    printed: () => readFileSync(printed, "utf8"),
    fill: () => fill(filler),
    free: () => rmSync(filler),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
      rmdirSync(folder);
      rmSync(printed);
    },
  };
}

function fill(filler: string): void {
  writeFileSync(filler, "");
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(size));
    } catch {
      // Full for writes of that size.
    }
  }
}
