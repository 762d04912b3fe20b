/** What reads and changes the rows of a watch, as processes, on the toy. */

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { until } from "../../../until.ts";
import { ToyShell } from "../../toy-shell.ts";

setDefaultTimeout(60_000);

const QUICK = ["--interval", "100ms", "--grace", "endpoint-answers=200ms"];
let shell: ToyShell;

beforeEach(async () => {
  shell = new ToyShell();
  await shell.configure();
});

afterEach(() => shell[Symbol.asyncDispose]());

test("operator tickets and incidents show what was filed, and take a person's word", async () => {
  await using watch = shell.start("watch", ...QUICK);
  await until(() => watch.talk().includes("watching"));
  await shell.endpoints.kill("endpoint/2");
  await watch.line("incident 1 open");

  expect((await shell.run("tickets", "list")).stdout).toMatch(
    /^ID .*\n1 +open +critical +toy default +endpoint-answers/,
  );
  expect((await shell.run("tickets", "hold", "1", "--reason", "Mine")).stderr).toContain("Ticket 1 is held");
  const shown = await shell.run("tickets", "show", "1");
  expect(shown.stdout).toMatch(
    /state +open, held[\s\S]*incident +1 \((?:open|resolved)\)[\s\S]*held +person\/\S+ +Mine/,
  );
  expect(shown.stdout).toContain("Not up when it opened\n  endpoint/2  down  refused");
  expect(JSON.parse((await shell.run("tickets", "show", "1", "--json")).stdout)).toMatchObject({
    ticket: { held: true },
  });
  expect((await shell.run("tickets", "hold", "1")).stderr).toContain("Ticket 1 is already held");
  expect((await shell.run("tickets", "unhold", "1")).code).toBe(0);
  expect((await shell.run("tickets", "resolve", "1")).code).toBe(0);

  const incident = await shell.run("incidents", "show", "1");
  expect(incident.stdout).toMatch(
    /^Incident 1, resolved by person[\s\S]*not diagnosed: it was over before[\s\S]*Timeline\n[\s\S]*ticket 1 opened/,
  );
  const report = await shell.run("incidents", "show", "1", "--markdown");
  expect(report).toMatchObject({ code: 0, stderr: "" });
  expect(report.stdout).toMatch(/^# Incident 1: [\s\S]*\n## Timeline\n[\s\S]*ticket 1 opened/);
  const page = await shell.run("incidents", "show", "1", "--html");
  expect(page).toMatchObject({ code: 0, stderr: "" });
  expect(page.stdout).toMatch(/^<!doctype html>\n[\s\S]*ticket 1 opened[\s\S]*<\/html>\n$/);
  expect(await shell.run("incidents", "show", "1", "--markdown", "--json")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Cannot use --markdown with --json, expected one of them"),
  });
  expect((await shell.run("incidents", "show", "9", "--markdown")).code).toBe(2);
  expect((await shell.run("incidents", "list", "--json", "--all")).stdout).toContain('"id":1');
  expect(await shell.run("tickets", "show", "9")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("There is no ticket 9"),
  });
});

test("operator says what there is before the first watch, while one runs by endpoints, and after it", async () => {
  const before = await Promise.all(
    [
      ["tickets", "hold", "1"],
      ["incidents", "merge", "1", "--into", "2"],
      ["actions", "approve", "1"],
      ["ladder", "set", "approve"],
      ["status"],
      ["resume"],
    ].map((words) => shell.run(...words)),
  );
  await using watch = shell.start("watch", ...QUICK);
  await until(() => watch.talk().includes("watching"));
  const watched = await shell.run("status");
  const [once, ...wrong] = await Promise.all([
    shell.run("watch", "--once", "--json"),
    shell.run("status", "--name", "foo"),
    shell.run("audit", "list", "--name", "foo"),
  ]);
  await watch.end("SIGINT");
  const after = await shell.run("status");

  expect(before.map(({ code, stderr }) => `${code} ${stderr.trim().replace(/^\S+ /, "")}`)).toEqual([
    expect.stringMatching(/^2 \[error\] There is no ticket 1; list them with: operator tickets list --all/),
    expect.stringMatching(/^2 \[error\] There is no incident 1/),
    expect.stringMatching(/^2 \[error\] There is no action 1/),
    expect.stringMatching(/^2 \[error\] No instance is known in .*: bring one up with operator up, or watch one with/),
    expect.stringMatching(/^4 .*Nothing runs in/),
    expect.stringMatching(/^0 .*Nothing is halted/),
  ]);
  expect(watched).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^toy default\n.*\n.*\n  watched by monitor/),
  });
  expect(JSON.parse(once.stdout)).toMatchObject({
    heldBy: expect.stringMatching(/^monitor\//),
    actions: { ladder: { rung: "observe" } },
  });
  expect(wrong.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual([
    expect.stringMatching(/^2 .*Cannot find instance "foo" in .*, expected one of default/),
    expect.stringMatching(/^2 .*Cannot find instance "foo" in .*, expected one of toy default/),
  ]);
  expect(after).toMatchObject({ code: 4, stdout: expect.stringContaining("  not watched, last look") });
});

test("operator status says that it is not known what is watched where the database cannot be read", async () => {
  await Bun.write(join(shell.home, "operator.db"), "no database at all, and longer than a header".repeat(50));

  const [all, named] = await Promise.all([shell.run("status"), shell.run("status", "--name", "default")]);

  expect([all.code, named.code]).toEqual([4, 4]);
  expect([all.stderr, named.stderr].every((words) => words.includes("It is not known what is watched: "))).toBe(true);
});

test("operator ladder, halt and resume set how far an instance may be acted upon", async () => {
  await shell.run("watch", "--once");

  expect((await shell.run("ladder", "show")).stdout).toBe("toy default: at observe: nothing runs by itself\n");
  expect((await shell.run("ladder", "set", "auto")).stderr).toContain("Cannot set auto without --up-to");
  expect((await shell.run("ladder", "set", "aut")).stderr).toContain(
    'Cannot use <rung>: Cannot read "aut", expected one of observe, approve, auto, did you mean "auto"',
  );
  expect((await shell.run("ladder", "set", "auto", "--up-to", "reversible")).code).toBe(0);
  expect((await shell.run("halt", "--reason", "Stop it")).stderr).toMatch(
    /Halted: no action starts on toy default; every ladder is at observe; audit head 2:[0-9a-f]{16}\n.*Lift the halt with: operator resume/,
  );
  expect((await shell.run("ladder", "show")).stdout).toContain("(Stop it): nothing runs");
  expect((await shell.run("ladder", "set", "approve")).stderr).toContain('expected "operator resume" first');
  expect((await shell.run("resume")).stderr).toMatch(/Resumed; every ladder is at observe; audit head 3:/);
  expect((await shell.run("actions", "list")).stderr).toContain("No action waits or runs");
  expect((await shell.run("actions", "approve", "1")).stderr).toContain("There is no action 1");
});

test("operator agent watches where nobody does, and finds the cause", async () => {
  await using agent = shell.start("agent", ...QUICK);
  await until(() => agent.talk().includes("watching"));

  await shell.endpoints.kill("endpoint/2");
  await agent.line("incident 1 diagnosed", "crash of endpoint/2 (confirmed)");
  await agent.line("incident 1 escalated");
  expect(await agent.end("SIGINT")).toBe(130);

  const { stdout } = await shell.run("incidents", "show", "1");
  expect(stdout).toMatch(/crash of endpoint\/2: confirmed[\s\S]*✓ for: endpoint\/2 state is "down" \(must be gone/);
  expect(stdout).toMatch(/✓ not: endpoint\/2 probe is "timed-out" \(endpoint\/2 probe is "refused"\)/);
});

test("operator tickets list refuses a filter that names nothing, and lists what there is", async () => {
  await shell.run("watch", "--once");

  const [severity, state, invariant, component, fits] = await Promise.all([
    shell.run("tickets", "list", "--severity", "bad"),
    shell.run("tickets", "list", "--state", "closed"),
    shell.run("tickets", "list", "--invariant", "endpoint-answer"),
    shell.run("tickets", "list", "--component", "endpoint/9"),
    shell.run("tickets", "list", "--component", "endpoint/2", "--severity", "critical", "--since", "1h"),
  ]);

  expect(severity).toMatchObject({ code: 2, stderr: expect.stringContaining("critical, warning, info") });
  expect(state).toMatchObject({ code: 2, stderr: expect.stringContaining("open, held, resolved") });
  expect(invariant).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "endpoint-answers"') });
  expect(component).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected one of endpoint/1, endpoint/2"),
  });
  expect(fits).toMatchObject({ code: 0, stderr: expect.stringContaining("No ticket is open by these filters") });
});

test.each(["tickets list", "incidents list", "actions list", "actions history", "ladder show"])(
  "operator %s refuses an instance or a subject that is not there, and lists those that are",
  async (line) => {
    await shell.run("watch", "--once");

    const words = line.split(" ");
    const [name, subject, known] = await Promise.all([
      shell.run(...words, "--name", "fooo"),
      shell.run(...words, "--subject", "toyy"),
      shell.run(...words, "--name", "default", "--subject", "toy"),
    ]);

    expect(name).toMatchObject({ code: 2, stderr: expect.stringContaining("expected one of toy default") });
    expect(subject).toMatchObject({ code: 2, stderr: expect.stringMatching(/expected one of .*did you mean "toy"/) });
    expect(known.code).toBe(0);
  },
);
