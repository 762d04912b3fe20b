/** Diagnosing in the foreground, its transcript, its bundle and its replay, as processes, on the toy. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Answer,
  call,
  errorOf,
  type FakeApi,
  KEY,
  openFakeApi,
  type Script,
} from "../../agent/engines/claude/fake-api.ts";
import { until } from "../../until.ts";
import { ToyShell } from "../toy-shell.ts";

setDefaultTimeout(60_000);

let shell: ToyShell;
let api: FakeApi;
let script: Script = () => undefined;

beforeAll(async () => {
  shell = new ToyShell();
  await shell.configure();
  api = openFakeApi((received, index) => script(received, index));
  await using watch = shell.start("watch", "--interval", "100ms", "--grace", "endpoint-answers=200ms");
  await until(() => watch.talk().includes("watching"));
  await shell.endpoints.kill("endpoint/2");
  await watch.line("incident 1 open");
  await watch.end("SIGINT");
});

afterAll(async () => {
  await shell[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const ANSWERS: readonly Answer[] = [
  { content: [call("components", {}), call("look", {})] },
  { content: [call("conclude", { cause: "h1" })] },
];

test("operator diagnose by a model shows each step, ends with a checked cause, and can be read and run again", async () => {
  let turn = 0;
  script = () => ANSWERS[turn++];

  await shell.configure(
    `${shell.toml()}[agent]\nmodel = "claude-haiku-5-5"\nbase-url = "${api.url}"\ninterval = "1s"\n`,
  );
  process.env["OPERATOR_AGENT_EFFORT"] = "low";

  const diagnosed = await diagnose("--engine", "claude", "--api-key-file", await keyFile());

  delete process.env["OPERATOR_AGENT_EFFORT"];
  await shell.configure();
  expect(api.received[0]?.body).toMatchObject({ model: "claude-haiku-5-5", output_config: { effort: "low" } });
  expect(diagnosed.stderr).toContain("Incident 1 of toy default is escalated");
  expect(diagnosed.code).toBe(0);
  expect(api.problems).toEqual([]);
  expect(diagnosed.stdout).toMatch(/\$0\.00 {2}prompted[\s\S]*answered[\s\S]*asked[\s\S]*Diagnosis by claude/);
  expect(diagnosed.stdout).toContain("crash of endpoint/2: confirmed");
  expect(diagnosed.stdout).toContain("rules found crash of endpoint/2 (confirmed). Both agree");
  const transcript = await shell.run("transcript", "1");
  expect(transcript.stdout).toMatch(/by claude, begun [\s\S]*→ components \{\}[\s\S]*asked: e1 components/);
  const replayed = await shell.run("replay", "1");
  expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Identical: \d+ steps/) });

  const file = join(shell.home, "incident.json");
  expect((await shell.run("incidents", "export", "1", "--bundle", "--out", file)).code).toBe(0);
  expect((await shell.run("replay", file)).stdout).toContain("Identical");
  const again = await shell.run("replay", file, "--engine", "rules");
  expect(again.stdout).toMatch(/Diagnosis by rules[\s\S]*crash of endpoint\/2: confirmed/);
  const text = await Bun.file(file).text();
  await Bun.write(file, text.replace('"kind":"asked"', '"kind":"refused"'));
  expect(await shell.run("replay", file)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^Step \d+ differs/),
  });
  expect(text).not.toContain(KEY);
});

test("operator diagnose says why a model gave no answer, exits 1, and leaves what the rules found", async () => {
  script = () => errorOf(401, "authentication_error", "invalid bearer");

  const wrong = await diagnose("--engine", "claude", "--api-key-file", await keyFile(), "--base-url", api.url);

  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("claude gave no answer: The endpoint refuses the key (401): invalid bearer");
  expect(wrong.stdout).toContain("Diagnosis by rules");
  expect(wrong.stderr).toContain("Incident 1 of toy default is escalated");
});

test("operator agent --once investigates what needs it and ends", async () => {
  const once = await shell.run("agent", "--engine", "rules", "--once");
  const one = await shell.run("agent", "--engine", "rules", "--incident", "1");

  expect(once.code).toBe(0);
  expect(once.stdout + once.stderr).toMatch(
    /Incident 1 of toy default is escalated|No incident needs an investigation now/,
  );
  expect(one.stdout).toMatch(/^Incident 1 of toy default is escalated: crash of endpoint\/2/);
});

const REFUSED = [
  [["diagnose", "9"], 2, "There is no incident 9"],
  [["diagnose", "1", "--engine", "claude"], 2, 'Cannot use engine "claude": no key is set'],
  [["diagnose", "1", "--engine", "oracle"], 2, "expected one of rules, claude"],
  [["diagnose", "1", "--base-url", "nowhere"], 2, "Cannot read address"],
  [["diagnose", "1", "--budget-usd", "much"], 2, "--budget-usd"],
  [["diagnose", "1", "--price", "3"], 2, 'expected input and output as in "3/15"'],
  [["transcript", "9"], 2, "There is no incident 9"],
  [["transcript", "1", "--investigation", "99"], 2, "has no investigation 99"],
  [["incidents", "export", "1"], 2, "--bundle"],
  [["incidents", "export", "9", "--bundle"], 2, "There is no incident 9"],
  [["incidents", "export", "1", "--bundle", "--out", "/dev/null/x"], 2, 'Cannot write "/dev/null/x": not a directory'],
  [["replay", "9"], 2, "There is no incident 9"],
  [["replay", "nowhere.json"], 2, 'Cannot use "nowhere.json": no such file or directory (ENOENT)'],
  [["replay", "package.json"], 2, "Cannot use case"],
] as const;

test("operator diagnose, transcript, export and replay refuse what they cannot use, in clear words", async () => {
  const ran = await Promise.all(REFUSED.map(([args]) => shell.run(...args)));

  for (const [index, [, code, words]] of REFUSED.entries()) {
    expect(ran[index]).toMatchObject({ code, stderr: expect.stringContaining(words) });
  }
});

test("operator diagnose of a subject that has gone says so and leaves the incident as it was", async () => {
  const before = await shell.run("incidents", "show", "1", "--json");
  await shell.configure("");

  const gone = await diagnose("--engine", "rules");

  await shell.configure();
  expect(gone.code).toBe(2);
  expect(gone.stderr).toContain("Cannot find toy");
  const after = await shell.run("incidents", "show", "1", "--json");
  expect(JSON.parse(after.stdout).incident).toEqual(JSON.parse(before.stdout).incident);
});

function diagnose(...flags: string[]) {
  return shell.run("diagnose", "1", ...flags);
}

async function keyFile(): Promise<string> {
  const path = join(shell.home, "key");
  writeFileSync(path, KEY, { mode: 0o600 });
  return path;
}
