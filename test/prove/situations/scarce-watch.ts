/** A watch whose database lies on a disk of its own that can be filled: a small tmpfs that nobody else sees and that ends with it. */

import { appendFileSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Such a watch. Disposing ends it, and its disk with it. */
export interface ScarceWatch extends AsyncDisposable {
  /** Its database, as others reach it. */
  readonly db: string;
  /** What it has printed so far. */
  printed(): string;
  /** Leaves no byte free. */
  fill(): void;
  free(): void;
}

const MAIN = new URL("../../../src/main.ts", import.meta.url).pathname;
const UNSHARE = process.geteuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

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
  const watch = [process.execPath, MAIN, "watch", "--json", "--interval", "1s", "--db", join(folder, "operator.db")];
  const child = Bun.spawn([...UNSHARE, "sh", "-c", script, "sh", folder, ...watch], {
    env: { ...process.env, OPERATOR_HOME: home },
    stdio: ["ignore", Bun.file(printed), Bun.file(printed)],
  });
  // The mount is seen by its own process only, and by whoever looks through that.
  const disk = `/proc/${child.pid}/root${folder}`;
  const filler = join(disk, "filler");
  return {
    db: join(disk, "operator.db"),
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
