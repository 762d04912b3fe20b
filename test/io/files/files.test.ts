import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode, readIfThere } from "../../../src/io/files/file.ts";
import { LONGEST_LINE, readLines } from "../../../src/io/lines.ts";

test("readIfThere() reads a file, finds none where there is none, and says what it cannot read", () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-"));
  writeFileSync(join(folder, "file"), "text");

  expect(readIfThere(join(folder, "file"))).toBe("text");
  expect(readIfThere(join(folder, "none"))).toBeUndefined();
  expect(() => readIfThere(folder)).toThrow("Cannot read");
  rmSync(folder, { recursive: true });
});

test("hasCode() knows the system's errors from others", () => {
  expect(hasCode(Object.assign(new Error("none"), { code: "ENOENT" }), "ENOENT")).toBe(true);
  expect(hasCode(new Error("none"), "ENOENT")).toBe(false);
});

test("readLines() tells of a line without an end the beginning, and then what follows it", async () => {
  const piece = Buffer.from(`${"x".repeat(99)} `.repeat(1000));
  async function* pieces() {
    for (let count = 0; count < 20; count += 1) yield piece;
    yield Buffer.from("\nnext\n");
  }

  const [long = "", ...more] = await Array.fromAsync(readLines(pieces()));

  expect(long.length).toBeLessThanOrEqual(LONGEST_LINE);
  expect(long).toEndWith("x…");
  expect(more).toEqual(["next"]);
});

test("readLines() joins what arrives in pieces, in the middle of a character too", async () => {
  const bytes = new TextEncoder().encode("grüße\n\nand\nthe last");
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }

  expect(await Array.fromAsync(readLines(pieces()))).toEqual(["grüße", "", "and", "the last"]);
});
