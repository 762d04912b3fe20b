/** Every command marks the output of an emulated instance, and none marks that of a real one. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { listDeployments } from "../../src/deployments/mod.ts";
import { type Ran, ToyShell } from "./toy-shell.ts";

setDefaultTimeout(120_000);

/** What prints about an instance, in the order in which it is run. */
const PRINTING = [
  "status",
  "status --json",
  "watch --once",
  "watch --once --json",
  "tickets list",
  "tickets list --json",
  "tickets show 1",
  "tickets show 1 --json",
  "tickets hold 1 --json",
  "tickets unhold 1 --json",
  "incidents list",
  "incidents list --json",
  "incidents show 1",
  "incidents show 1 --json",
  "incidents show 1 --markdown",
  "incidents show 1 --html",
  "incidents note 1 Seen --json",
  "diagnose 1 --engine rules",
  "diagnose 1 --engine rules --json",
  "incidents export 1 --bundle",
  "transcript 1",
  "transcript 1 --json",
  "replay 1",
  "replay 1 --json",
  "replay 1 --engine rules",
  "replay 1 --engine rules --json",
  "agent --engine rules --incident 1",
  "agent --engine rules --incident 1 --json",
  "actions show 1",
  "actions list --all --json",
  "actions history --json",
  "ladder show",
  "ladder show --json",
  "audit list",
  "audit list --json",
  "inspect endpoint/1",
  "inspect endpoint/1 --json",
  "doctor",
  "doctor --json",
  "load --for 100ms --rate 50",
  "load --for 100ms --rate 50 --json",
] as const;

const shells = { real: new ToyShell(), emulated: new ToyShell() };
const printed = new Map<string, Ran>();

/** An endpoint that a person stopped, its ticket and its incident. */
beforeAll(async () => {
  await Promise.all(Object.entries(shells).map(async ([kind, shell]) => await prepare(kind, shell)));
});

afterAll(async () => {
  for (const shell of Object.values(shells)) {
    for (const deployment of await listDeployments(shell.home)) await deployment.down();
    await shell[Symbol.asyncDispose]();
  }
});

describe.each(PRINTING)("operator %s", (line) => {
  test("says of an emulated instance that it is one, on every line of JSON", () => {
    const { stdout } = printed.get(`emulated ${line}`) ?? { stdout: "" };
    const lines = line.endsWith("--json") ? stdout.trim().split("\n") : [stdout];

    expect(stdout).not.toBe("");
    expect(lines.filter((one) => !one.includes("emulated"))).toEqual([]);
  });

  test("says nothing of the kind of a real one", () => {
    const { stdout, stderr } = printed.get(`real ${line}`) ?? { stdout: "emulated", stderr: "" };

    expect(stdout).not.toBe("");
    expect(stdout + stderr).not.toContain("mulated");
  });
});

test("operator watch says of an emulated instance that it is one, first and on every line, and nothing of a real one", () => {
  const [emulated, real] = [printed.get("emulated watch"), printed.get("real watch")];

  expect(emulated?.stderr).toContain("toy (emulated): watching");
  expect(emulated?.stdout.split("\n").filter((line) => !line.includes('"emulated":true'))).toEqual([]);
  expect(real?.stderr).toContain("toy: watching");
  expect(`${real?.stdout}${real?.stderr}`).not.toContain("mulated");
});

async function prepare(kind: string, shell: ToyShell): Promise<void> {
  await shell.configure("");
  await run(shell, "up toy --endpoints 3", ...(kind === "emulated" ? ["--pretend"] : []));
  await run(shell, "stop endpoint/2 --subject toy");
  await using watch = shell.start(
    "watch",
    "--subject",
    "toy",
    "--json",
    "--interval",
    "100ms",
    "--grace",
    "endpoint-answers=200ms",
  );
  await watch.line('"kind":"incident"');
  await watch.end("SIGINT");
  printed.set(`${kind} watch`, { code: 0, stdout: watch.lines.join("\n"), stderr: watch.talk() });
  for (const line of PRINTING) printed.set(`${kind} ${line}`, await run(shell, line));
}

async function run(shell: ToyShell, line: string, ...more: readonly string[]): Promise<Ran> {
  return await shell.run(...line.split(" "), ...more);
}
