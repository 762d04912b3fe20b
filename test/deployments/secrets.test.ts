import { afterAll, beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { InvalidInputError } from "../../src/core/text/errors.ts";
import { fillSecrets, readSecret, writeSecrets } from "../../src/deployments/local/folder/secrets.ts";
import { type Running, runHere } from "./running.ts";
import { standIn } from "./stand-in.ts";

let running: Running;
beforeAll(async () => {
  running = await runHere(standIn());
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

test("secrets are read from files for their owner alone, and filled in at their marks", () => {
  const { folder, deployment } = running;
  writeSecrets({ token: "abc", password: "def" }, folder);

  expect(readSecret("token", folder)).toBe("abc");
  expect(readSecret("other", folder)).toBeUndefined();
  expect(deployment.secret("password")).toBe("def");
  expect(deployment.secretsFolder()).toBe(folder.secrets);
  expect(statSync(folder.secret("token")).mode & 0o777).toBe(0o600);
  expect(fillSecrets("a <<secret token>> and <<secret password>>", folder)).toBe("a abc and def");
  expect(() => fillSecrets("<<secret other>>", folder)).toThrow(InvalidInputError);
});
