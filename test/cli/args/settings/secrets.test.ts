import { afterAll, afterEach, beforeAll, expect, mock, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { command } from "../../../../src/cli/args/command.ts";
import { EXIT } from "../../../../src/cli/args/exit-code.ts";
import { runCli } from "../../../../src/cli/args/run.ts";
import { readSubjectSettings } from "../../../../src/cli/args/settings/subject-settings.ts";
import { Secret } from "../../../../src/core/text/secret.ts";
import { ratelimiter } from "../../../../src/subjects/ratelimiter/mod.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-secrets-"));
const path = join(folder, "token");
const config = join(folder, "config.toml");
const seen: unknown[] = [];
let talk = "";
let data = "";

const knock = command({
  name: "knock",
  args: {
    token: { type: "string", description: "Who knocks" },
    door: { type: "string", description: "Where" },
    "door-password": { type: "string", description: "Of the door" },
  },
  options: v.object({
    token: v.optional(Secret),
    door: v.optional(v.string()),
    doorPassword: v.optional(Secret),
  }),
  async run(options) {
    seen.push(options);
  },
});
const tree = new Map([["knock", { description: "Test command", load: async () => knock }]]);

beforeAll(() => {
  spyOn(process.stdout, "write").mockImplementation((text) => Boolean((data += String(text))));
  spyOn(process.stderr, "write").mockImplementation((text) => Boolean((talk += String(text))));
  writeFileSync(path, "in the file\n", { mode: 0o600 });
});

afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OPERATOR_KNOCK_")) delete process.env[name];
});

afterAll(() => {
  mock.restore();
  rmSync(folder, { recursive: true });
});

test.each([
  ["a flag", ["--token-file", path], {}, ""],
  ["the environment", [], { OPERATOR_KNOCK_TOKEN: "in the file" }, ""],
  ["a file named by the environment", [], { OPERATOR_KNOCK_TOKEN_FILE: path }, ""],
  ["a file named in the configuration, from its folder on", [], {}, 'token-file = "token"'],
  ["the configuration", [], {}, 'token = "in the file"'],
  ["a flag rather than the environment", ["--token-file", path], { OPERATOR_KNOCK_TOKEN: "other" }, ""],
  ["the environment rather than the configuration", [], { OPERATOR_KNOCK_TOKEN: "in the file" }, 'token-file = "none"'],
])("command() takes a secret from %s and warns of nothing", async (_, argv, environment, toml) => {
  const code = await run(argv, environment, toml);

  expect([code, seen, talk]).toEqual([EXIT.done, [{ token: "in the file" }], ""]);
});

test("command() takes a secret from a flag and warns, naming the other ways and not the secret", async () => {
  expect(await run(["--token", "s3cret"])).toBe(EXIT.done);

  expect(seen).toEqual([{ token: "s3cret" }]);
  expect(talk).toContain("--token, like every argument, is visible to all users of this machine");
  expect(talk).toContain("use --token-file or OPERATOR_KNOCK_TOKEN instead");
  expect(talk).not.toContain("s3cret");
});

test("command() warns of a password in an address that was typed", async () => {
  expect(await run(["--door", "redis://ada:s3cret@10.0.0.1"])).toBe(EXIT.done);

  expect(talk).toContain("The password in --door, like every argument, is visible");
  expect(talk).toContain("use --door-password-file or OPERATOR_KNOCK_DOOR_PASSWORD instead");
  expect(talk).not.toContain("s3cret");
});

test.each([
  [[], { OPERATOR_KNOCK_TOKEN: "" }, "Cannot use OPERATOR_KNOCK_TOKEN, because it is empty"],
  [[], { OPERATOR_KNOCK_TOKEN_FILE: "" }, "Cannot use OPERATOR_KNOCK_TOKEN_FILE: it is empty"],
  [["--token-file", "/dev/null"], {}, 'Cannot use secret file "/dev/null": it is empty'],
  [["--token", "a", "--token-file", path], {}, "Cannot use both --token-file and --token, expected"],
  [
    [],
    { OPERATOR_KNOCK_TOKEN: "a", OPERATOR_KNOCK_TOKEN_FILE: path },
    "Cannot use both OPERATOR_KNOCK_TOKEN_FILE and OPERATOR_KNOCK_TOKEN, expected",
  ],
  [[], { OPERATOR_KNOCK_TOKEN: "s3cret\nb" }, "Cannot use OPERATOR_KNOCK_TOKEN, because it has control characters"],
])("command() refuses %j with %j", async (argv, environment, message) => {
  const code = await run(argv, environment);

  expect([code, seen, talk]).toEqual([EXIT.usage, [], expect.stringContaining(message)]);
  expect(talk).not.toContain("s3cret");
});

test("command() refuses a secret that is a number in the configuration, and does not print it", async () => {
  const code = await run([], {}, "token = 31337");

  expect([code, talk]).toEqual([EXIT.usage, expect.stringContaining("because it is not text")]);
  expect(talk).not.toContain("31337");
});

test("command() names the file and the variable of each secret in the help", async () => {
  await run(["--help"]);

  expect(data).toMatch(/--token-file=<file> +File with the value of --token, .*; or set OPERATOR_KNOCK_TOKEN\n/);
});

test("readSubjectSettings() takes a subject's secrets from files and from the environment, and warns of typed ones", () => {
  const environment = { OPERATOR_RATELIMITER_REDIS_PASSWORD_FILE: path };
  const flags = { endpoint: ["token=s3cret", "redis=redis://10.0.0.1"], grace: [], threshold: [] };

  const { endpoints, warnings } = readSubjectSettings(ratelimiter, flags, { file: undefined, environment });

  expect(endpoints.get("redis-password")?.value).toBe("in the file");
  expect(endpoints.get("token")?.value).toBe("s3cret");
  expect([...endpoints.keys()]).not.toContain("redis-password-file");
  expect(warnings).toEqual([
    expect.stringContaining("use --endpoint token-file=… or OPERATOR_RATELIMITER_TOKEN instead"),
  ]);
});

async function run(argv: readonly string[], environment: Record<string, string> = {}, toml = ""): Promise<number> {
  seen.length = 0;
  talk = "";
  data = "";
  writeFileSync(config, `[knock]\n${toml}\n`);
  Object.assign(process.env, environment);
  return await runCli(["knock", "--config", config, ...argv], tree);
}
