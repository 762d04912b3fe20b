import { expect, test } from "bun:test";
import { messageOf } from "../../../src/core/text/errors.ts";
import { fileError, isUnwritable } from "../../../src/database/sqlite/file-trouble.ts";

test.each([
  ["SQLITE_FULL", "the disk is full"],
  ["SQLITE_IOERR_WRITE", "reading or writing it failed"],
  ["SQLITE_CORRUPT_VTAB", "the file is damaged"],
  ["SQLITE_READONLY_DBMOVED", "the file or its folder is read-only"],
  ["ENAMETOOLONG", "the file or its folder cannot be opened"],
])("fileError() tells what %s means", (code, words) => {
  expect(fileError("Cannot use it", Object.assign(new Error("raw"), { code })).message).toContain(
    `Cannot use it: ${words}`,
  );
});

test("fileError() passes on what it does not know", () => {
  expect(messageOf(fileError("Cannot use it", new Error("no such table: x")))).toBe("Cannot use it: no such table: x");
});

test.each([
  ["SQLITE_FULL", true],
  ["SQLITE_READONLY_DIRECTORY", true],
  ["SQLITE_IOERR_SHMSIZE", true],
  ["EROFS", true],
  ["SQLITE_NOTADB", false],
  ["SQLITE_CORRUPT", false],
  ["SQLITE_BUSY", false],
  ["ENOTDIR", false],
  [undefined, false],
])("isUnwritable() of %s is %p", (code, expected) => {
  expect(isUnwritable(Object.assign(new Error("x"), { code }))).toBe(expected);
});
