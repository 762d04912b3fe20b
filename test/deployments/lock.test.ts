import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "../../src/core/errors.ts";
import { folderNames, folderOf } from "../../src/deployments/local/folder.ts";
import { endJournaled, Journal } from "../../src/deployments/local/journal.ts";
import { lockHolder, takeLock } from "../../src/deployments/local/lock.ts";
import { lookAtProcess } from "../../src/io/process.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "operator-"));
  path = join(folder, "lock");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("takeLock() takes a lock once, until it is released", () => {
  const lock = takeLock(path);

  expect(lockHolder(path)?.pid).toBe(process.pid);
  expect(takeLock(path)).toBeUndefined();
  lock?.release();
  expect(lockHolder(path)).toBeUndefined();
  expect(takeLock(path)).toBeDefined();
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test.each([
  ["a process that is no more", JSON.stringify({ pid: 0x7fff_fff0, startTime: "1" })],
  ["a pid that another process got", JSON.stringify({ pid: process.pid, startTime: "of another" })],
  ["nobody, for it is not a lock", "{"],
])("takeLock() takes a lock over from %s", (_whom, text) => {
  writeFileSync(path, text);

  expect(lockHolder(path)).toBeUndefined();
  expect(takeLock(path)).toBeDefined();
  expect(lockHolder(path)?.pid).toBe(process.pid);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test("takeLock() makes a lock that knows when it was lost, and then leaves it to the one who has it", () => {
  const lock = takeLock(path);
  const other = JSON.stringify({ pid: process.ppid, startTime: lookAtProcess(process.ppid)?.startTime });

  expect(lock?.isHeld()).toBe(true);
  rmSync(path);
  expect(lock?.isHeld()).toBe(false);
  writeFileSync(path, other);
  lock?.release();

  expect(lockHolder(path)?.pid).toBe(process.ppid);
});

test("takeLock() says why it cannot write", () => {
  expect(() => takeLock(join(folder, "none", "lock"))).toThrow("ENOENT");
});

test("endJournaled() ends what the journal holds and skips what it struck out", async () => {
  const [left, ended] = [0, 1].map(() => Bun.spawn(["sleep", "100"]));
  if (!left || !ended) throw new Error("Cannot go on without both");
  const journal = new Journal(join(folder, "journal"));
  for (const [component, { pid }] of [
    ["node/1", left],
    ["node/2", ended],
  ] as const) {
    journal.started(component, { pid, startTime: lookAtProcess(pid)?.startTime ?? "" });
  }
  journal.ended("node/2");

  const count = await endJournaled(join(folder, "journal"));

  expect(count).toBe(1);
  expect([lookAtProcess(left.pid), lookAtProcess(ended.pid)?.pid]).toEqual([undefined, ended.pid]);
  ended.kill();
});

test("endJournaled() finds nothing where there is no journal, or a broken one", async () => {
  writeFileSync(join(folder, "broken"), "{");

  expect(await endJournaled(join(folder, "none"))).toBe(0);
  expect(await endJournaled(join(folder, "broken"))).toBe(0);
});

test.each(["", "-x", "A", "../up", "a/b", "x".repeat(41)])('folderOf() refuses the name "%s"', (name) => {
  expect(() => folderOf(folder, name)).toThrow(InvalidInputError);
});

test("folderOf() refuses a home too long for a socket", () => {
  expect(() => folderOf(`/${"x".repeat(90)}`, "toy")).toThrow(/would have \d+ bytes, expected at most 103/);
});

test("folderNames() finds none where nothing was ever brought up", () => {
  expect(folderNames(folder)).toEqual([]);
});
