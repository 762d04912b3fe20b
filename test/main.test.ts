/** The executable at its edges: what becomes of output that nobody takes. */

import { expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = [process.execPath, fileURLToPath(new URL("../src/main.ts", import.meta.url))];

test.if(process.platform === "linux")("operator says so when its output cannot be written", async () => {
  const full = openSync("/dev/full", "w");
  const child = Bun.spawn([...MAIN, "--help"], { stdout: full, stderr: "pipe" });

  expect(await child.exited).toBe(1);
  expect(await child.stderr.text()).toContain("Cannot write the output: no space left on device (ENOSPC)");
  closeSync(full);
});

test("operator tells what nobody has caught as one plain line", async () => {
  using folder = new DisposableStack();
  const path = folder.adopt(mkdtempSync(join(tmpdir(), "operator-main-")), (made) => rmSync(made, { recursive: true }));
  const preload = join(path, "throws.js");
  const foreign = String.raw`\u001B[2Jredis://:hunter2@10.0.0.1`;
  await Bun.write(preload, `process.once("beforeExit", () => { throw new Error("${foreign}") })`);
  const [bun = "", main = ""] = MAIN;
  const child = Bun.spawn([bun, "--preload", preload, main, "--version"], { stdout: "ignore", stderr: "pipe" });

  expect(await child.exited).toBe(1);
  expect(await child.stderr.text()).toMatch(/^\S+ \[error\] redis:\/\/:\[redacted\]@10\.0\.0\.1\n$/);
});

test("operator takes a reader that has gone for no failure", async () => {
  expect(await toReaderThatGoes("--help")).toBe("code 0\n");
});

test("operator takes it for none either where it would go on for an hour", async () => {
  using server = Bun.serve({ port: 0, fetch: () => Response.json({ allowed: true, limit: 5 }) });

  const target = `127.0.0.1:${server.port}`;

  expect(await toReaderThatGoes("load", "--for", "1h", "--rate", "20/s", "--target", target)).toEndWith("code 0\n");
});

/** What is said on stderr, and the exit code, where the reader ends at once and only then is something written. */
async function toReaderThatGoes(...args: readonly string[]): Promise<string> {
  const script = '{ sleep 0.3; "$@"; echo "code $?" >&2; } | true';
  const child = Bun.spawn(["sh", "-c", script, "sh", ...MAIN, ...args], { stdout: "ignore", stderr: "pipe" });
  return await child.stderr.text();
}
