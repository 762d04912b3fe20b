import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeWhole } from "../../../src/io/files/file.ts";
import {
  exposureOf,
  folderFault,
  makePrivateDatabase,
  makePrivateFolder,
  narrow,
  openPrivate,
  readPrivate,
} from "../../../src/io/files/private.ts";

const isRoot = process.geteuid?.() === 0;
const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants;

let folder: string;
let umask: number;

beforeEach(() => {
  umask = process.umask(0);
  folder = mkdtempSync(join(tmpdir(), "operator-"));
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

test("whatever is made is for its owner alone, under a umask of 0 too", () => {
  makePrivateFolder(join(folder, "a", "b"));
  writeWhole(join(folder, "whole"), "text");
  closeSync(openPrivate(join(folder, "opened"), O_WRONLY | O_CREAT));
  makePrivateDatabase(join(folder, "database"));

  expect(["a", "a/b", "whole", "opened", "database"].map(modeOf)).toEqual([0o700, 0o700, 0o600, 0o600, 0o600]);
});

test("writeWhole() replaces a file, leaves no draft, and does not write through links", () => {
  const victim = file("victim", "kept");
  symlinkSync(victim, join(folder, "link"));
  symlinkSync(victim, join(folder, `link.${process.pid}.draft`));

  writeWhole(join(folder, "link"), "first");
  writeWhole(join(folder, "link"), "second");

  expect(readPrivate(join(folder, "link"))).toBe("second");
  expect(readFileSync(victim, "utf8")).toBe("kept");
  expect(readdirSync(folder).toSorted()).toEqual(["link", "victim"]);
});

test("openPrivate() follows no link, waits for no pipe, and keeps the file from others", () => {
  const path = file("log", "", 0o666);
  symlinkSync(path, join(folder, "link"));
  Bun.spawnSync(["mkfifo", join(folder, "pipe")]);

  closeSync(openPrivate(path, O_WRONLY | O_APPEND));

  expect(modeOf("log")).toBe(0o600);
  expect(() => openPrivate(join(folder, "link"), O_WRONLY | O_APPEND)).toThrow("it is a symbolic link");
  expect(() => openPrivate(join(folder, "pipe"), O_RDONLY)).toThrow("it is not a regular file");
  expect(() => openPrivate(join(folder, "none"), O_RDONLY)).toThrow("ENOENT");
});

test("readPrivate() takes nothing that others could have written, and no link", () => {
  file("own", "text", 0o644); // may be of another program, and keeps its mode
  file("open", "planted", 0o646);
  symlinkSync(join(folder, "own"), join(folder, "link"));

  expect(["own", "open", "link", "none"].map((name) => readPrivate(join(folder, name)))).toEqual([
    "text",
    undefined,
    undefined,
    undefined,
  ]);
  expect(modeOf("own")).toBe(0o644);
});

test("folderFault() names what makes a folder unfit", () => {
  mkdirSync(join(folder, "group"), { mode: 0o770 });
  mkdirSync(join(folder, "sticky"));
  chmodSync(join(folder, "sticky"), 0o1777);
  symlinkSync(folder, join(folder, "link"));
  file("file", "");

  expect(folderFault(folder)).toBeUndefined();
  expect(folderFault(join(folder, "group"))).toContain("others may write to it (mode 0770)");
  expect(folderFault(join(folder, "sticky"))).toContain("others may write to it (mode 1777)");
  expect(folderFault(join(folder, "link"))).toContain("it is a symbolic link");
  expect(folderFault(join(folder, "file"))).toBe("it is not a folder");
  expect(folderFault(join(folder, "none"))).toBe("no such folder");
  expect(() => makePrivateFolder(join(folder, "link"))).toThrow("it is a symbolic link");
  expect(() => makePrivateFolder(join(folder, "file"))).toThrow("it is not a folder");
  expect(() => makePrivateFolder(join(folder, "file", "below"))).toThrow("Cannot create folder");
});

test("exposureOf() names another owner", () => {
  const own = process.geteuid?.() ?? 0;

  expect(exposureOf({ uid: own + 1, mode: 0o40700 })).toBe(`it belongs to user ${own + 1}, expected user ${own}`);
  expect(exposureOf({ uid: own, mode: 0o40755 })).toBeUndefined();
});

test.skipIf(!isRoot)("what belongs to another user is neither read, opened nor narrowed (needs root)", () => {
  const path = file("foreign", "text", 0o644);
  chownSync(path, 12_345, 12_345);

  narrow(path);

  expect(modeOf("foreign")).toBe(0o644);
  expect(readPrivate(path)).toBeUndefined();
  expect(() => openPrivate(path, O_RDONLY)).toThrow("it belongs to user 12345");
});

test("makePrivateDatabase() narrows a database and what is beside it, and follows no link", () => {
  for (const name of ["db", "db-wal", "db-shm"]) file(name, "", 0o644);
  symlinkSync(file("other", "", 0o644), join(folder, "link"));

  for (const name of ["db", "link"]) makePrivateDatabase(join(folder, name));

  expect(["db", "db-wal", "db-shm", "other"].map(modeOf)).toEqual([0o600, 0o600, 0o600, 0o644]);
});

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

function modeOf(name: string): number {
  return statSync(join(folder, name)).mode & 0o7777;
}
