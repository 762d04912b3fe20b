/** Files that are on the disk and are no link to another. */

import { afterAll, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readUnlinked, touchDurably, writeDurably } from "../../../src/io/files/file.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-test-"));

afterAll(() => rmSync(folder, { recursive: true }));

test("writeDurably() writes a file of the owner's own, and replaces a link instead of following it", () => {
  const [path, other] = [join(folder, "durable"), join(folder, "other")];
  writeFileSync(other, "theirs");
  symlinkSync(other, path);

  writeDurably(path, "ours");

  expect(readUnlinked(path, 100)).toBe("ours");
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(other, "utf8")).toBe("theirs");
});

test("writeDurably() leaves neither a file nor a draft where it fails", () => {
  mkdirSync(join(folder, "taken"));
  const before = readdirSync(folder);

  expect(() => writeDurably(join(folder, "taken"), "ours")).toThrow();
  expect(readdirSync(folder)).toEqual(before);
});

test("readUnlinked() reads the beginning of a file, no link, and does not wait for a pipe", () => {
  const [path, link, pipe] = [join(folder, "long"), join(folder, "link"), join(folder, "pipe")];
  writeFileSync(path, "0123456789");
  symlinkSync(path, link);
  Bun.spawnSync(["mkfifo", pipe]);

  expect(readUnlinked(path, 4)).toBe("0123");
  expect(() => readUnlinked(link, 4)).toThrow("ELOOP");
  expect(() => readUnlinked(pipe, 4)).toThrow();
});

test("touchDurably() makes an empty file and leaves one that is there as it is", () => {
  const path = join(folder, "touched");

  touchDurably(path);
  const made = readFileSync(path, "utf8");
  writeFileSync(path, "kept");
  touchDurably(path);

  expect([made, readFileSync(path, "utf8")]).toEqual(["", "kept"]);
});
