/** The audit log as commands, on the toy. */

import { Database as Sqlite } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../../../src/database/mod.ts";
import { ToyShell } from "../../toy-shell.ts";

setDefaultTimeout(60_000);

let shell: ToyShell;

beforeAll(async () => {
  shell = new ToyShell();
  await shell.configure();
});

afterAll(() => shell[Symbol.asyncDispose]());

test("operator audit shows who did what, checks it against a head that a person kept, and says where it is broken", async () => {
  await shell.run("watch", "--once");
  const set = await shell.run("ladder", "set", "approve");
  await shell.run("halt", "--reason", "Smoke");
  const [, kept = ""] = /audit head (1:[0-9a-f]{16})/.exec(set.stderr) ?? [];

  const [list, show, sound, exported] = await Promise.all([
    shell.run("audit", "list"),
    shell.run("audit", "show", "2"),
    shell.run("audit", "verify", "--head", kept),
    shell.run("audit", "export"),
  ]);
  tamper("UPDATE audit SET actor = 'person/nobody' WHERE id = 2");
  const [broken, brokenExport, watch] = await Promise.all([
    shell.run("audit", "verify", "--json"),
    shell.run("audit", "export"),
    shell.run("watch", "--once"),
  ]);
  tamper("DELETE FROM audit");
  const cut = await shell.run("audit", "verify", "--head", kept);

  expect(list.stdout).toMatch(
    /^ID +TIME +ACTOR +INSTANCE +EVENT +DETAIL\n1 .*person\/\S+ +toy default +ladder-set .*\n2 /,
  );
  expect(list.stdout).toMatch(/2 .* all +halted +\{"reason":"Smoke","cancelled":\[\]\}\n$/);
  expect(show.stdout).toMatch(/^Audit row 2: halted\n {2}time .*\n[\s\S]*hash +[0-9a-f]{64}\n[\s\S]*"reason": "Smoke"/);
  expect(sound).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("The audit log is intact: 2 rows; audit head 2:"),
  });
  const lines = exported.stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines).toMatchObject([{ id: 1 }, { id: 2 }, { head: { id: 2 }, rows: 2 }]);
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({
    rows: 1,
    broken: { row: 2, why: "Row 2 was changed after it was written" },
  });
  expect(brokenExport.code).toBe(1);
  expect(brokenExport.stdout.trim().split("\n").at(-1)).toContain('"broken":{"row":2');
  expect(watch).toMatchObject({ code: 0, stdout: expect.stringContaining("toy default: holds") });
  expect(watch.stderr).toMatch(
    /\[error\] The audit log of ".*" is broken: Row 2 was changed[\s\S]*without a person's approval/,
  );
  expect(cut).toMatchObject({ code: 1, stderr: expect.stringContaining("Row 1 is missing: the log was truncated") });
});

test("operator audit verify refuses what is no head", async () => {
  expect((await shell.run("audit", "verify", "--head", "17:3fa9")).stderr).toContain(
    "Cannot use --head: Cannot read the head, expected id:hash with at least 8 digits of the hash",
  );
});

test("operator actions reject needs a reason, and an action", async () => {
  expect(await shell.run("actions", "reject", "1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Missing --why: Why, for the record"),
  });
  expect((await shell.run("actions", "reject", "1", "--why", "No")).stderr).toContain(
    "There is no action 1; list them with: operator actions list --all",
  );
});

test("operator actions approve and reject print the head of the audit log for a person to keep", async () => {
  const approve = propose();
  const reject = propose();

  const approved = await shell.run("actions", "approve", String(approve), "--yes", "--db", approvals());
  const rejected = await shell.run("actions", "reject", String(reject), "--why", "Not now", "--db", approvals());

  expect(approved.stderr).toMatch(/Approved for 15m; .*; audit head \d+:[0-9a-f]{16}\n/);
  expect(rejected.stderr).toMatch(/Rejected action \d+; incident \d+ is escalated; audit head \d+:[0-9a-f]{16}\n/);
});

/** A pending action on an instance at approve, as an agent leaves it. */
function propose(): number {
  using database = openDatabase(approvals());
  const { id: instance } = database.instances.ensure({ subject: "toy", name: "a" });
  const by = { atMs: Date.now(), actor: "agent/test", reason: "Proposed" } as const;
  const { id: incident } = database.incidents.open(instance, { ...by, title: "A", beganAtMs: by.atMs, tickets: [] });
  database.incidents.move(incident, { ...by, to: "investigating" });
  database.safety.setLadder(instance, { rung: "approve" }, by);
  const preview = { sends: "nothing", expectedEffect: "none", entities: [], stops: [] };
  const cause = { component: "endpoint/2", mechanism: "crash", summary: "", claims: [], verdict: "confirmed" } as const;
  const proposed = { action: "start", input: {}, risk: "reversible", preview, digest: "0" } as const;
  const origin = { kind: "incident", incident, cause } as const;
  return database.actionRuns.add({ ...proposed, ...by, instance, origin }).id;
}

function approvals(): string {
  return join(shell.home, "approvals.db");
}

function tamper(sql: string): void {
  using sqlite = new Sqlite(join(shell.home, "operator.db"));
  sqlite.run(sql);
}
