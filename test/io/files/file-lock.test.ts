import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFileLocked, takeFileLock } from "../../../src/io/files/file-lock.ts";
import { inOtherPids, otherPids } from "../../other-pids.ts";

/** Prints whether a lock is held; with a second argument it takes it and keeps it until its input ends. */
const PROGRAM = Bun.fileURLToPath(new URL("./lock-holder.ts", import.meta.url));

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "operator-"));
  path = join(folder, "lock.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("takeFileLock() takes a lock once, until it is released, and leaves its file", () => {
  expect(isFileLocked(path)).toBe(false);

  const lock = takeFileLock(path);

  expect([lock?.isHeld(), isFileLocked(path), takeFileLock(path)]).toEqual([true, true, undefined]);
  lock?.release();
  expect(isFileLocked(path)).toBe(false);
  expect(takeFileLock(path)?.isHeld()).toBe(true);
  expect([readdirSync(folder), statSync(path).mode & 0o777]).toEqual([["lock.db"], 0o600]);
});

test("a lock is seen by another process, and looking at it in this one does not lose it", () => {
  const lock = takeFileLock(path);

  expect([isFileLocked(path), takeFileLock(path)]).toEqual([true, undefined]);
  expect(askElsewhere([])).toBe("held");
  lock?.release();
  expect(askElsewhere([])).toBe("free");
});

test.skipIf(!otherPids)("a lock is seen in another pid namespace (needs root and unshare)", () => {
  const lock = takeFileLock(path);

  expect(askElsewhere(inOtherPids)).toBe("held");
  lock?.release();
});

test("a lock is free as soon as its holder is killed", async () => {
  const holder = Bun.spawn([process.execPath, PROGRAM, path, "hold"], { stdin: "pipe", stdout: "pipe" });
  await holder.stdout.getReader().read();
  expect(isFileLocked(path)).toBe(true);

  holder.kill("SIGKILL");
  await holder.exited;

  expect(isFileLocked(path)).toBe(false);
});

test("takeFileLock() makes a lock that knows when another file has taken the place of its own", () => {
  const lock = takeFileLock(path);

  rmSync(path);
  expect(lock?.isHeld()).toBe(false);
  const other = takeFileLock(path);

  expect([lock?.isHeld(), other?.isHeld()]).toEqual([false, true]);
});

test("takeFileLock() makes a lock that knows when a file has taken the place of its folder", () => {
  const lock = takeFileLock(path);

  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");

  expect(lock?.isHeld()).toBe(false);
});

test("takeFileLock() and isFileLocked() touch no file of another program", () => {
  writeFileSync(path, "mine");
  symlinkSync(path, join(folder, "link"));

  for (const other of [path, join(folder, "link")]) {
    expect(() => takeFileLock(other)).toThrow("it is not an empty regular file");
    expect(() => isFileLocked(other)).toThrow("it is not an empty regular file");
  }
  expect(() => takeFileLock(join(folder, "none", "lock"))).toThrow("ENOENT");
});

function askElsewhere(wrapper: readonly string[]): string {
  return Bun.spawnSync([...wrapper, process.execPath, PROGRAM, path])
    .stdout.toString()
    .trim();
}
