import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomSecret, readSecretFile } from "../../../src/io/files/secret.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-secret-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("randomSecret() makes 256 bits anew each time, of characters that need no quoting", () => {
  const [one, other] = [randomSecret(), randomSecret()];

  expect(one).toMatch(/^[\da-f]{64}$/);
  expect(other).not.toBe(one);
});

test.each([
  ["s3cret", "s3cret"],
  ["s3cret\n", "s3cret"],
  ["s3cret\r\n", "s3cret"],
  [" s3 cret ", " s3 cret "],
  ["s3cret\n\n", "s3cret\n"], // whoever takes secrets of one line refuses it
])("readSecretFile() reads %j as %j", (text, secret) => {
  expect(readSecretFile(file(text))).toBe(secret);
});

test.each([0o640, 0o604, 0o666, 0o620])("readSecretFile() refuses its user's file of mode %o", (mode) => {
  const path = file("s3cret", mode);

  expect(() => readSecretFile(path)).toThrow(`Cannot use secret file "${path}": its mode 0${mode.toString(8)} lets`);
});

test("readSecretFile() refuses what holds no secret, and names it", () => {
  expect(() => readSecretFile(file(""))).toThrow("it is empty");
  expect(() => readSecretFile(file("\n"))).toThrow("it is empty");
  expect(() => readSecretFile(file("x".repeat(4097)))).toThrow("more than 4096 bytes");
  expect(() => readSecretFile("/dev/zero")).toThrow("more than 4096 bytes");
  expect(() => readSecretFile(folder)).toThrow(`Cannot read secret file "${folder}"`);
  expect(() => readSecretFile(join(folder, "none"))).toThrow(`Cannot read secret file "${join(folder, "none")}"`);
});

function file(text: string, mode = 0o600): string {
  const path = join(folder, "file");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
