import { afterAll, beforeAll, expect, mock, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { type Branch, command } from "../../../src/cli/args/command.ts";
import { EXIT } from "../../../src/cli/args/exit-code.ts";
import { runCli } from "../../../src/cli/args/run.ts";
import { DurationMs, RatePerSecond } from "../../../src/core/text/units.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-cli-"));
const seen: unknown[] = [];
let talk = "";
let data = "";

const shoot = command({
  name: "shoot",
  args: {
    at: { type: "positional", description: "Whom", valueHint: "me|you" },
    every: { type: "string", default: "5s", description: "Pause", valueHint: "duration" },
    rate: { type: "string", description: "How fast" },
    dry: { type: "boolean", default: true, description: "Only say so" },
    tag: { type: "string", description: "Any number of them" },
    how: { type: "enum", options: ["far", "near"], description: "How" },
  },
  repeatable: ["tag"],
  options: v.object({
    at: v.string(),
    every: DurationMs,
    rate: v.optional(RatePerSecond),
    dry: v.boolean(),
    how: v.optional(v.string()),
    tag: v.optional(v.array(v.string()), []),
  }),
  async run(options, { origins }) {
    seen.push({ ...options, origins: Object.fromEntries(origins) });
  },
});

const tree: ReadonlyMap<string, Branch> = new Map<string, Branch>([
  ["shoot", { description: "Test command", load: async () => shoot }],
  ["secret", { description: "Not for people", hidden: true, load: async () => shoot }],
  ["things", { description: "Things", commands: new Map([["list", { description: "All", load: async () => shoot }]]) }],
]);

beforeAll(() => {
  spyOn(process.stdout, "write").mockImplementation((text) => Boolean((data += String(text))));
  spyOn(process.stderr, "write").mockImplementation((text) => Boolean((talk += String(text))));
});

afterAll(() => {
  mock.restore();
  rmSync(folder, { recursive: true });
});

function run(...argv: string[]): Promise<number> {
  seen.length = 0;
  talk = "";
  data = "";
  return runCli(argv, tree);
}

test.each([
  [["shoot", "x", "--evry", "1s"], 'no such flag, did you mean "every"'],
  [["shoot", "x", "--every"], "Cannot use --every without a value"],
  [["shoot", "x", "--every", "1s", "--every", "2s"], "Cannot use --every twice"],
  [["shoot", "x", "--every", "1"], 'Cannot use --every: Cannot read duration "1", expected a number with a unit'],
  [["shoot", "x", "--rate", "fast"], 'Cannot read rate "fast"'],
  [["shoot", "x", "--dry=yes"], 'Cannot use --dry with value "yes", expected none'],
  [["shoot", "x", "y"], 'Cannot use "y": expected <at> only'],
  [["shoot"], "Missing <at>"],
  [["shot"], 'no such command, did you mean "shoot"'],
  [["things"], 'Cannot run "operator things" alone'],
  [["things", "lst"], 'did you mean "list"'],
  [["toString"], "no such command"],
  [[], 'Cannot run "operator" alone'],
  [["shoot", "x", "--eevry", "1s"], 'no such flag, did you mean "every"'],
  [["shoot", "x", "--evrey", "1s"], 'no such flag, did you mean "every"'],
  [[""], 'Cannot run "operator ": no such command'],
  [["--verbose"], "no such flag"],
])("runCli(%j) is refused with exit code 2", async (argv, message) => {
  const code = await run(...argv);

  expect(code).toBe(EXIT.usage);
  expect(talk).toContain(message);
  expect(data).toBe("");
  expect(seen).toEqual([]);
});

test("runCli() reads units, negations and repeated flags", async () => {
  const code = await run("shoot", "x", "--every=250ms", "--rate", "1k/s", "--no-dry", "--tag", "a", "--tag", "b");

  expect(code).toBe(EXIT.done);
  expect(seen).toMatchObject([{ at: "x", every: 250, rate: 1000, dry: false, tag: ["a", "b"] }]);
});

test("runCli() lets the flag win over the environment, and that over the file", async () => {
  const config = join(folder, "config.toml");
  await Bun.write(config, '[shoot]\nevery = "1s"\nrate = "5/s"\n');
  process.env["OPERATOR_SHOOT_EVERY"] = "2s";

  try {
    await run("shoot", "x", "--config", config);
    expect(seen).toMatchObject([{ every: 2000, rate: 5, origins: { every: "OPERATOR_SHOOT_EVERY" } }]);
    await run("shoot", "x", "--config", config, "--every", "3s");
    expect(seen).toMatchObject([{ every: 3000, rate: 5 }]);
  } finally {
    delete process.env["OPERATOR_SHOOT_EVERY"];
  }
});

test("runCli() names the file and the setting that it cannot use", async () => {
  expect(await run("shoot", "x", "--config", folder)).toBe(EXIT.failed);
  expect(talk).toContain(`Cannot read "${folder}": illegal operation on a directory (EISDIR)`);
  const config = join(folder, "bad.toml");
  await Bun.write(config, '[shoot]\nevry = "1s"\n');

  expect(await run("shoot", "x", "--config", config)).toBe(EXIT.usage);
  expect(talk).toContain(`Cannot use "shoot.evry" in "${config}": no such setting`);
});

test("runCli() prints help on stdout, without hidden commands and without colour", async () => {
  expect(await run("--help")).toBe(EXIT.done);
  expect(data).toContain("shoot");
  expect(data).not.toContain("secret");
  expect(await run("shoot", "--help")).toBe(EXIT.done);
  expect(data).toContain("USAGE operator shoot <at> [options]");
  expect(data).toContain("  --every=<duration>  Pause (default: 5s)\n");
  expect(data).toContain("  --how=<word>        How (one of far, near)\n");
  expect(data).not.toContain("\u001B");
  expect(talk).toBe("");
});

test("runCli() completes commands and flags", async () => {
  await run("__complete", "sh");
  expect(data).toBe("shoot\n");
  await run("__complete", "shoot", "--e");
  expect(data).toBe("--every\n");
  await run("__complete", "shoot", "--how", "n");
  expect(data).toBe("near\n");
  await run("__complete", "shoot", "m");
  expect(data).toBe("me\n");
});
