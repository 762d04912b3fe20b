/** Every command marks the output of an emulated instance, and none marks that of a real one. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Branch } from "../../src/cli/args/command.ts";
import { COMMANDS } from "../../src/cli/commands/mod.ts";
import { listDeployments } from "../../src/deployments/mod.ts";
import { until } from "../until.ts";
import { type Ran, ToyShell } from "./toy-shell.ts";

setDefaultTimeout(400_000);

/** Every command that prints of an instance, in the order in which they are run. */
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
  "tickets hold 1",
  "tickets unhold 1",
  "incidents list",
  "incidents list --json",
  "incidents show 1",
  "incidents show 1 --json",
  "incidents show 1 --markdown",
  "incidents show 1 --html",
  "incidents note 1 Seen",
  "incidents note 1 Seen --json",
  "incidents investigate 1",
  "incidents investigate 1 --json",
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
  "agent --engine rules --once",
  "ladder set approve --subject toy",
  "ladder show",
  "ladder show --json",
  "actions offered",
  "actions list",
  "actions list --all --json",
  "actions show 2",
  "actions show 2 --json",
  "actions reject 2 --why no",
  "start endpoint/2",
  "actions propose restart-component component=endpoint/1",
  "actions propose restart-component component=endpoint/3 --json",
  "actions reject 5 --why no --json",
  "actions approve 4 --yes",
  "actions run",
  "actions propose restart-component component=endpoint/1",
  "actions propose restart-component component=endpoint/2",
  "actions propose restart-component component=endpoint/3",
  "actions approve 6 --yes --json",
  "actions cancel 7",
  "actions cancel 8 --json",
  "actions history",
  "actions history --json",
  "restart endpoint/1",
  "stop endpoint/1 --json",
  "start endpoint/1",
  "tickets resolve 1",
  "incidents resolve 1",
  "tickets reopen 1 --json",
  "audit list",
  "audit list --json",
  "audit show 1",
  "audit show 1 --json",
  "audit export",
  "inspect endpoint/1",
  "inspect endpoint/1 --json",
  "logs endpoint/1",
  "doctor",
  "doctor --json",
  "doctor --inject --fault endpoint-kill --interval 100ms",
  "doctor --inject --fault endpoint-kill --interval 100ms --json",
  "eval --trials 1 --baseline 20 --interval 100ms --seed 1",
  "eval --trials 1 --baseline 20 --interval 100ms --seed 1 --resume --json",
  "chaos endpoint-kill --dry-run",
  "chaos endpoint-kill --dry-run --json",
  "chaos endpoint-kill --for 1s",
  "chaos endpoint-kill --for 1s --json",
  "chaos status --all",
  "chaos status --all --json",
  "load --for 100ms --rate 50",
  "load --for 100ms --rate 50 --json",
  "halt",
] as const;

/** Lines that are of no instance: rows of the audit log about all of them, and the end of its export, which counts them. */
const OF_ALL = /^\{"head":|^\{"id":\d+,(?!.*"instance":)/;

/** What prints of no instance, and why it needs no mark. */
const UNMARKED: Readonly<Record<string, string>> = {
  "audit verify": "checks the chain of all instances together",
  "chaos list": "lists what a lab can break, whatever runs",
  "chaos heal": "tested below, where there is something to heal",
  completions: "prints a script for a shell",
  down: "tested below, at the end",
  "emulate-tikv": "is an emulated process",
  "incidents merge": "takes two incidents; prints as incidents resolve does",
  "incidents split": "takes two tickets; prints as incidents resolve does",
  rank: "reads a file",
  resume: "lifts the halt of all instances",
  "serve-limiter": "is a real limiter",
  supervise: "is spoken to by other processes",
  up: "tested below, at the beginning",
};

const shells = { real: new ToyShell(), emulated: new ToyShell(), byEndpoint: new ToyShell() };
const printed = new Map<string, Ran>();

/** An endpoint that a person stopped, its ticket and its incident. */
beforeAll(async () => {
  await Promise.all((["real", "emulated"] as const).map(async (kind) => await prepare(kind, shells[kind])));
});

afterAll(async () => {
  for (const shell of Object.values(shells)) {
    for (const deployment of await listDeployments(shell.home)) await deployment.down();
    await shell[Symbol.asyncDispose]();
  }
});

describe.each(PRINTING)("operator %s", (line) => {
  test("says of an emulated instance that it is one, on every line of JSON", () => {
    const { stdout, stderr } = printed.get(`emulated ${line}`) ?? { stdout: "", stderr: "" };
    // A log is printed as it was written.
    const all = stdout.trim() === "" || line.startsWith("logs") ? [stderr] : [stdout];
    const lines = line.endsWith("--json") || line.endsWith("export") ? stdout.trim().split("\n") : all;

    expect(stdout + stderr).not.toBe("");
    expect(lines.filter((one) => !one.includes("emulated") && !OF_ALL.test(one))).toEqual([]);
  });

  test("says nothing of the kind of a real one", () => {
    const { stdout, stderr } = printed.get(`real ${line}`) ?? { stdout: "emulated", stderr: "" };
    // What is true of a fault says whether it needs an emulator.
    const said = (stdout + stderr).replaceAll('"emulated":false', "");

    expect(said).not.toBe("");
    expect(said).not.toContain("mulated");
  });
});

test("every command that can print of an instance is among them", () => {
  const names = leaves(COMMANDS);
  const printing = (name: string): boolean => PRINTING.some((line) => line === name || line.startsWith(`${name} `));

  expect(names.filter((name) => !printing(name) && !(name in UNMARKED))).toEqual([]);
  expect(Object.keys(UNMARKED).filter((name) => !names.includes(name) || printing(name))).toEqual([]);
});

test("operator up and down say of an emulated instance that it is one", () => {
  for (const line of ["up", "up --json", "down", "chaos heal"]) {
    const { stdout, stderr } = printed.get(`emulated ${line}`) ?? { stdout: "", stderr: "" };

    expect(stdout + stderr).toContain(line.endsWith("--json") ? '"emulated":true' : "toy (emulated)");
  }
});

test("operator watch says of an emulated instance that it is one, first and on every line, and nothing of a real one", () => {
  const [emulated, real] = [printed.get("emulated watch"), printed.get("real watch")];

  expect(emulated?.stderr).toContain("toy (emulated): watching");
  expect(emulated?.stdout.split("\n").filter((line) => !line.includes('"emulated":true'))).toEqual([]);
  expect(real?.stderr).toContain("toy: watching");
  expect(`${real?.stdout}${real?.stderr}`).not.toContain("mulated");
});

describe("an instance that is only known by its addresses", () => {
  test.each(["real", "emulated"])("is marked as what answers says: %s", async (kind) => {
    for (const line of ["watch --once", "watch --once --json", "doctor", "status", "audit list"]) {
      const { stdout, stderr } = printed.get(`${kind} by endpoint: ${line}`) ?? { stdout: "", stderr: "" };

      expect(stdout).not.toBe("");
      expect((stdout + stderr).includes("emulated")).toBe(kind === "emulated");
    }
  });

  test("is marked as soon as something answers, where nothing did at first", async () => {
    const shell = shells.byEndpoint;
    await shell.configure();
    shell.endpoints.pretend();
    for (const { id } of shell.endpoints.components) await shell.endpoints.kill(id);
    await using watch = shell.start("watch", "--name", "late", "--json", "--interval", "100ms");
    await until(() => watch.talk().includes("nothing answers"));
    const before = watch.lines.length;

    for (const { id } of shell.endpoints.components) shell.endpoints.start(id);
    await watch.line('"to":"holds"', '"emulated":true');

    expect(watch.lines.slice(0, before).join("\n")).not.toContain("emulated");
  });
});

function leaves(commands: ReadonlyMap<string, Branch>, above: readonly string[] = []): readonly string[] {
  return [...commands].flatMap(([name, { load, commands: below }]) => [
    ...(load ? [[...above, name].join(" ")] : []),
    ...leaves(below ?? new Map(), [...above, name]),
  ]);
}

async function prepare(kind: "real" | "emulated", shell: ToyShell): Promise<void> {
  const up = ["up", "toy", "--endpoints", "3", ...(kind === "emulated" ? ["--pretend"] : [])];
  await shell.configure("");
  printed.set(`${kind} up --json`, await shell.run(...up, "--name", "other", "--json"));
  await run(shell, "down --name other");
  printed.set(`${kind} up`, await shell.run(...up));
  // Before anything has looked at it.
  printed.set(`${kind} ladder set`, await run(shell, "ladder set observe --subject toy"));
  await lookByEndpoint(kind, shell);
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
  await using chaos = shell.start("chaos", "endpoint-kill", "--json");
  await chaos.line('"event":"injected"');
  await chaos.end("SIGKILL");
  printed.set(`${kind} chaos heal`, await run(shell, "chaos heal --all"));
  printed.set(`${kind} down`, await run(shell, "down"));
}

/** What the deployment runs, watched from a home that knows only where it is. */
async function lookByEndpoint(kind: "real" | "emulated", { home }: ToyShell): Promise<void> {
  const [deployment] = await listDeployments(home);
  const addresses = deployment?.components.map(
    ({ id, address }) => `{ name = "${id.split("/")[1]}", address = "${address}" }`,
  );
  await using shell = new ToyShell();
  await shell.configure(`[toy]\nendpoints = [${addresses?.join(", ")}]\n`);
  for (const line of ["watch --once", "watch --once --json", "doctor", "status"]) {
    printed.set(`${kind} by endpoint: ${line}`, await run(shell, line));
  }
  await run(shell, "ladder set approve");
  printed.set(`${kind} by endpoint: audit list`, await run(shell, "audit list"));
}

async function run(shell: ToyShell, line: string): Promise<Ran> {
  return await shell.run(...line.split(" "));
}
