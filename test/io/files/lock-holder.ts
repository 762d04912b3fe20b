/** A program of its own that looks at a lock, or holds it until its input ends. Arguments: path, and `hold`. */

import { isFileLocked, takeFileLock } from "../../../src/io/files/file-lock.ts";

const [path = "", how] = process.argv.slice(2);
if (how === "hold") {
  takeFileLock(path);
  process.stdout.write("held\n");
  Bun.gc(true);
  await Bun.stdin.text();
} else process.stdout.write(isFileLocked(path) ? "held\n" : "free\n");
