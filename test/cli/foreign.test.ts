/** No command touches what is not ours, and none that only looks touches what a dead supervisor left. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { openJournal } from "../../src/chaos/journal.ts";
import { COMMANDS } from "../../src/cli/commands/mod.ts";
import { lookAtProcess } from "../../src/io/system/process.ts";
import { leaveBehind } from "../deployments/left-behind.ts";
import { treeOf } from "../deployments/tree.ts";
import { spawnOperator } from "./spawn-operator.ts";

setDefaultTimeout(120_000);

const EVERY_COMMAND = Bun.fileURLToPath(new URL("./every-command.ts", import.meta.url));
const Outcomes = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ argv: v.array(v.string()), code: v.number(), changed: v.array(v.string()) })),
);

const folder = mkdtempSync(join(tmpdir(), "operator-foreign-"));
const stranger = Bun.spawn(["sleep", "1000"]);

afterAll(() => {
  stranger.kill();
  rmSync(folder, { recursive: true });
});

describe("among folders of other programs, every command", () => {
  const home = join(folder, "home");
  const outside = join(folder, "outside");
  const deployments = join(home, "deployments");
  let outcomes: v.InferOutput<typeof Outcomes>;

  beforeAll(async () => {
    const identity = { pid: stranger.pid, startTime: lookAtProcess(stranger.pid)?.startTime ?? "" };
    const journal = JSON.stringify({ deployment: "planted", processes: { "node/1": identity } });
    write(outside, { "journal.json": journal, "plan.json": "{}", "logs/supervisor.log": "kept", kept: "kept" });
    // The name that every command takes by default.
    write(join(deployments, "ratelimiter"), {
      "deployment.json": '{"format":"argo"}',
      "journal.json": journal,
      lock: "x",
    });
    write(join(deployments, "prod"), {
      lock: "pid 1",
      "journal.json": journal,
      "plan.json": "{}",
      "data/mine": "kept",
    });
    write(join(deployments, "old"), {
      lock: JSON.stringify(identity),
      "journal.json": JSON.stringify({ "node/1": identity }),
    });
    symlinkSync(outside, join(deployments, "linked"));
    leaveBehind(home, "far", { machineId: "another", processes: { "node/1": identity } });
    for (const deployment of ["prod", "far"]) breakBefore(home, deployment);
    outcomes = await runEvery(home, { names: "ratelimiter,prod,old,linked", folders: [deployments, outside] });
  });

  test("of the table was run, in each of its forms", () => {
    const run = new Set(outcomes.map(({ argv }) => argv[0]));

    expect([...COMMANDS.keys()].filter((name) => !run.has(name))).toEqual(["supervise"]);
    expect(outcomes.map(({ argv }) => argv.join(" "))).toEqual(
      expect.arrayContaining(["down --all", "down --name prod --take-over", "chaos heal --all", "__complete logs "]),
    );
  });

  test("leaves all of them as they were, and ends no process that a planted journal names", () => {
    expect(outcomes.filter(({ changed }) => changed.length > 0)).toEqual([]);
    expect(lookAtProcess(stranger.pid)).toBeDefined();
  });

  test.each(["prod", "ratelimiter", "old", "linked"])("that is to use or end %p says why it does not", (name) => {
    const lines = new Set(["up ratelimiter", "down"].map((command) => `${command} --name ${name}`));
    const codes = outcomes.filter(({ argv }) => lines.has(argv.join(" "))).map(({ code }) => code);

    expect(codes).toEqual([1, 1]);
  });

  test("that heals faults forgets none of a deployment that is held elsewhere", () => {
    using journal = openJournal(home);

    expect(journal.open().map(({ deployment }) => deployment)).toEqual(["far"]);
  });

  test("that is only started by others refuses them too, and throws no home away that is not to be", async () => {
    const before = treeOf(home);

    for (const throwaway of [false, true]) {
      const plan = { name: "prod", subject: "ratelimiter", settings: {}, processes: [], links: [] };
      const child = spawnOperator(home, ["supervise"], {
        input: `${JSON.stringify({ home, id: "x", plan, throwaway })}\n`,
      });
      expect([await child.exited, await child.stdout.text()]).toEqual([1, expect.stringContaining('"event":"failed"')]);
    }

    expect(treeOf(home)).toEqual(before);
  });
});

test("no command but up and down touches what a dead supervisor left after a restart of the machine", async () => {
  const home = join(folder, "restarted");
  const left = leaveBehind(home, "ratelimiter", {
    processes: { "node/1": { pid: stranger.pid, startTime: lookAtProcess(stranger.pid)?.startTime ?? "" } },
  });

  const outcomes = await runEvery(home, {
    names: "ratelimiter",
    leftOut: "up,down,demo,serve-limiter",
    folders: [left.path],
  });

  expect(outcomes.filter(({ changed }) => changed.length > 0)).toEqual([]);
  expect(outcomes.find(({ argv }) => argv.join(" ") === "status")?.code).toBe(3);
});

/** Journals a fault that is due to be healed. */
function breakBefore(home: string, deployment: string): void {
  using journal = openJournal(home);
  const what = { subject: "ratelimiter", deployment, fault: "node-kill", input: { victim: "node/1" }, seed: 1 };
  journal.arm({ ...what, armedAtMs: 0, leaseUntilMs: 0 });
}

async function runEvery(
  home: string,
  {
    names,
    leftOut = "",
    folders,
  }: { readonly names: string; readonly leftOut?: string; readonly folders: readonly string[] },
): Promise<v.InferOutput<typeof Outcomes>> {
  const answer = join(folder, "outcomes.json");
  const args = [home, answer, names, `supervise,${leftOut}`, ...folders];
  const child = Bun.spawn([process.execPath, EVERY_COMMAND, ...args], {
    env: { ...process.env, XDG_CONFIG_HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  if (code !== 0) throw new Error(`Cannot go on: ${said.slice(-2000)}`);
  return v.parse(Outcomes, readFileSync(answer, "utf8"));
}

function write(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
}
