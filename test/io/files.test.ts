import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode, readIfThere, writeWhole } from "../../src/io/file.ts";
import { operatorHome } from "../../src/io/home.ts";
import { readLines } from "../../src/io/lines.ts";

test("operatorHome() prefers the flag, then OPERATOR_HOME, then the XDG folder, then the user's", () => {
  const environment = { OPERATOR_HOME: "/from/environment", XDG_STATE_HOME: "/xdg" };

  expect(operatorHome("/from/flag", environment)).toBe("/from/flag");
  expect(operatorHome(undefined, environment)).toBe("/from/environment");
  expect(operatorHome(undefined, { ...environment, OPERATOR_HOME: "" })).toBe("/xdg/operator");
  expect(operatorHome(undefined, {})).toBe(join(homedir(), ".local/state/operator"));
});

test("writeWhole() replaces a file, for its owner only, and leaves no draft", () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-"));
  const path = join(folder, "file");

  writeWhole(path, "first");
  writeWhole(path, "second");

  expect(readIfThere(path)).toBe("second");
  expect(readIfThere(join(folder, "none"))).toBeUndefined();
  expect(() => readIfThere(folder)).toThrow();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["file"]);
  rmSync(folder, { recursive: true });
});

test("hasCode() knows the system's errors from others", () => {
  expect(hasCode(Object.assign(new Error("none"), { code: "ENOENT" }), "ENOENT")).toBe(true);
  expect(hasCode(new Error("none"), "ENOENT")).toBe(false);
});

test("readLines() joins what arrives in pieces, in the middle of a character too", async () => {
  const bytes = new TextEncoder().encode("grüße\n\nand\nthe last");
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }

  expect(await Array.fromAsync(readLines(pieces()))).toEqual(["grüße", "", "and", "the last"]);
});
