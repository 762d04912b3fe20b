import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleIn } from "../../src/runtime/investigations.ts";
import { BUNDLES } from "../agent/bundles.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-bundle-in-"));

afterAll(() => rmSync(folder, { recursive: true }));

const WHOLE = await Bun.file(`${BUNDLES}/node-kill.json`).text();

test.each([
  [
    "nothing",
    () => join(folder, "nothing"),
    /no such file or directory \(ENOENT\), expected the number of an incident/,
  ],
  ["a folder", () => folder, /: it is a folder, expected the file of a bundle$/],
  ["a device that never ends", () => "/dev/zero", /: it is no file, expected the file of a bundle$/],
  ["a file that is too large", () => sparse(), /: it has 300000000 bytes, expected the file of a bundle$/],
  ["an empty file", () => written(""), /it is no JSON or is cut short, expected a bundle or a case$/],
  ["a bundle that is cut short", () => written(WHOLE.slice(0, 500)), /it is no JSON or is cut short/],
  [
    "a compressed bundle",
    () => written(Bun.gzipSync(WHOLE)),
    /: it is compressed, expected .*: unpack it with gunzip$/,
  ],
  ["a program", () => process.execPath, /it has \d+ bytes|it is no JSON/],
  ["a list", () => written("[1]"), /it is no object/],
  ["a newer version", () => written('{"bundle":99}'), /its version is 99, expected at most/],
])("bundleIn() names what is no bundle, and its path: %s", (_what, path, said) => {
  const at = path();

  expect(() => bundleIn(at)).toThrow(said);
  expect(() => bundleIn(at)).toThrow(`"${at}"`);
});

function written(content: string | Uint8Array): string {
  const path = join(folder, `${Bun.hash(content)}`);
  writeFileSync(path, content);
  return path;
}

/** It takes no room on the disk. */
function sparse(): string {
  const path = written("{");
  truncateSync(path, 300_000_000);
  return path;
}
