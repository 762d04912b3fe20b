/** The kill switch on a disk that takes nothing more. */

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCARCE_DISK = Bun.fileURLToPath(new URL("./scarce-disk.ts", import.meta.url));

/** A mount that nobody else sees and that ends with the process. */
const UNSHARE = process.geteuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

test.skipIf(!canMount())("halt() takes effect on a full disk, and says so on a disk that is read-only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-test-"));
  const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"';
  const child = [...UNSHARE, "sh", "-c", script, "sh", folder, process.execPath, SCARCE_DISK];

  const { stdout, exited } = Bun.spawn(child, { stdout: "pipe", stderr: "inherit" });
  const told: unknown = JSON.parse(await stdout.text());
  await exited;
  rmSync(folder, { recursive: true });

  expect(told).toEqual({
    full: { file: "written", row: expect.stringContaining("the disk is full"), exists: true },
    halted: "person/unknown",
    carried: "person/unknown",
    readOnly: {
      file: expect.stringMatching(/Cannot write ".*other.db.halted": the file or its folder is read-only/),
      row: expect.stringContaining("Cannot open database"),
      exists: true,
    },
  });
});

/** Skipped aloud where nothing can be mounted; a machine whose containers forbid it is no reason to fail. */
function canMount(): boolean {
  const works = Bun.which("unshare") && Bun.spawnSync([...UNSHARE, "mount", "-t", "tmpfs", "tmpfs", tmpdir()]).success;
  if (works) return true;
  process.stderr.write("Skipped the full disk: it needs unshare, and the right to mount a tmpfs\n");
  return false;
}
