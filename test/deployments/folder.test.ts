import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
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
import { InvalidInputError } from "../../src/core/text/errors.ts";
import {
  clearFolder,
  folderNames,
  folderOf,
  makeFolder,
  removeFolder,
} from "../../src/deployments/local/folder/folder.ts";
import { readMarker, writeMarker } from "../../src/deployments/local/folder/marker.ts";
import { isFileLocked } from "../../src/io/files/file-lock.ts";
import { thisMachine } from "../../src/io/system/machine.ts";
import { leaveBehind } from "./left-behind.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-"));
});

afterEach(() => rmSync(home, { recursive: true }));

describe("makeFolder()", () => {
  let umask: number;

  beforeAll(() => {
    umask = process.umask(0);
  });

  afterAll(() => void process.umask(umask));

  test("makes home, folder and marker for their owner alone, under a umask of 0 too", () => {
    const folder = folderOf(join(home, "new"), "prod");

    makeFolder(folder);
    makeFolder(folder);

    const { path, logs } = folder;
    expect([folder.home, join(path, ".."), path, logs, folder.marker].map(modeOf)).toEqual([
      0o700, 0o700, 0o700, 0o700, 0o600,
    ]);
    expect(readdirSync(join(path, ".."))).toEqual(["prod"]);
    expect(readMarker(folder.marker)).toMatchObject({ machineId: thisMachine.id, components: [] });
    expect(isFileLocked(folder.lock)).toBe(false);
  });

  test("uses an empty folder, and one of an earlier life with its logs", () => {
    const folder = folderOf(home, "prod");
    mkdirSync(folder.path, { recursive: true, mode: 0o755 });
    makeFolder(folder);
    writeFileSync(folder.log("node/1"), "kept");
    chmodSync(folder.path, 0o755);

    makeFolder(folder);

    expect([modeOf(folder.path), readFileSync(folder.log("node/1"), "utf8")]).toEqual([0o700, "kept"]);
  });

  test("does not use logs that are a link", () => {
    const folder = leaveBehind(home, "prod");
    rmSync(folder.logs, { recursive: true });
    symlinkSync(tmpdir(), folder.logs);

    expect(() => makeFolder(folder)).toThrow(`Cannot use folder "${folder.logs}": it is a symbolic link`);
  });

  test("reads a marker of ours only", () => {
    const folder = leaveBehind(home, "prod");
    expect(readMarker(folder.marker)?.components).toEqual(["node/1"]);

    writeFileSync(folder.marker, JSON.stringify({ format: "operator-deployment", version: 2 }));

    expect(readMarker(folder.marker)).toBeUndefined();
    clearFolder(folder, { components: [], secrets: [] });
    expect(existsSync(folder.data("node/1"))).toBe(true);
  });
});

test("writeMarker() asks whether the file is still the same, and takes what it cannot read for that", () => {
  const folder = leaveBehind(home, "prod");
  const marker = readMarker(folder.marker);
  if (!marker) throw new Error("Cannot find the marker");

  const isMarked = writeMarker(folder.marker, marker);
  chmodSync(folder.marker, 0o666);
  const opened = isMarked();
  rmSync(folder.marker);
  mkdirSync(folder.marker);
  const unreadable = isMarked();
  rmSync(folder.marker, { recursive: true });
  const gone = isMarked();
  writeMarker(folder.marker, { ...marker, takenOver: "another" });

  expect([opened, unreadable, gone, isMarked()]).toEqual([true, true, false, false]);
});

test.each(["", "-x", "A", "../up", "a/b", "x".repeat(41)])('folderOf() refuses the name "%s"', (name) => {
  expect(() => folderOf(home, name)).toThrow(InvalidInputError);
});

test("folderOf() refuses a home too long for a socket", () => {
  expect(() => folderOf(`/${"x".repeat(90)}`, "toy")).toThrow(/would have \d+ bytes, expected at most 103/);
});

test("folderNames() finds none where nothing was ever brought up", () => {
  expect(folderNames(home)).toEqual([]);
});

test("removeFolder() removes a folder that nobody holds, as far as it is ours", () => {
  const [gone, kept, held] = ["gone", "kept", "held"].map((name) => folderOf(home, name));
  if (!gone || !kept || !held) throw new Error("Cannot go on without all of them");
  for (const folder of [gone, kept]) makeFolder(folder);
  writeFileSync(join(kept.path, "notes.txt"), "");
  leaveBehind(home, "held");

  for (const folder of [gone, kept, held]) removeFolder(folder);

  expect([existsSync(gone.path), readdirSync(kept.path)]).toEqual([false, ["notes.txt"]]);
  expect(readdirSync(held.path)).toContain("plan.json");
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}
