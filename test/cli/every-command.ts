/**
 * A program that runs every command of the table on a home, and writes down which of them changed anything below the given
 * folders. Arguments: home, file of the answer, names of deployments to try, names of commands to leave out, folders.
 */

import { writeFileSync } from "node:fs";
import type { ArgsDef } from "citty";
import type { Branch } from "../../src/cli/args/command.ts";
import { runCli } from "../../src/cli/args/run.ts";
import { COMMANDS } from "../../src/cli/commands/mod.ts";
import { takeFreePort } from "../../src/io/system/tcp.ts";
import { treeOf } from "../deployments/tree.ts";

/** What became of one command line. */
export interface Outcome {
  readonly argv: readonly string[];
  readonly code: number;
  /** Paths that are not as they were. */
  readonly changed: readonly string[];
}

/** Milliseconds after which what would run for ever is interrupted. */
const LONG_ENOUGH_MS = 200;
/** Words for the places of a command, where "1" will not do. */
const PLACES: Readonly<Record<string, string>> = {
  component: "node/1",
  shell: "bash",
  subject: "ratelimiter",
  fault: "node-kill",
};

const [home = "", answer = "", names = "", leftOut = "", ...folders] = process.argv.slice(2);
process.env["OPERATOR_HOME"] = home;
process.exit = (code): never => {
  throw new Error(`Exit ${code}`);
};

const outcomes: Outcome[] = [];
for (const [path, branch] of leaves(COMMANDS)) {
  if (leftOut.split(",").includes(path.join(" "))) continue;
  for (const argv of await linesOf(path, branch)) outcomes.push(await tried(argv));
}
writeFileSync(answer, JSON.stringify(outcomes));
process.reallyExit(0);

function leaves(commands: ReadonlyMap<string, Branch>, above: readonly string[] = []): [readonly string[], Branch][] {
  return [...commands].flatMap(([name, branch]): [readonly string[], Branch][] => {
    const path = [...above, name];
    return [
      ...(branch.load ? [[path, branch] as [string[], Branch]] : []),
      ...leaves(branch.commands ?? new Map(), path),
    ];
  });
}

/** As it is, with each switch, with each name, and as a shell asks for what may follow. */
async function linesOf(path: readonly string[], { load }: Branch): Promise<readonly (readonly string[])[]> {
  const args = (await load?.())?.args ?? {};
  const plain = [...path, ...placesOf(args), ...("subject" in args ? subjectOf(args) : []), ...portOf(args)];
  const switches = Object.keys(args).filter((flag) => args[flag]?.type === "boolean");
  const named = "name" in args ? names.split(",").map((name) => [...plain, "--name", name]) : [];
  const taking = "take-over" in args ? named.map((line) => [...line, "--take-over"]) : [];
  const asked = [[], ["--name", ""]].map((words) => ["__complete", ...path, ...words, ""]);
  return [plain, ...switches.map((flag) => [...plain, `--${flag}`]), ...named, ...taking, ...asked];
}

function placesOf(args: ArgsDef): readonly string[] {
  return Object.keys(args).flatMap((name) => (args[name]?.type === "positional" ? [PLACES[name] ?? "1"] : []));
}

function subjectOf(args: ArgsDef): readonly string[] {
  return args["subject"]?.type === "positional" ? [] : ["--subject", "ratelimiter"];
}

function portOf(args: ArgsDef): readonly string[] {
  return "port" in args ? ["--port", String(takeFreePort())] : [];
}

async function tried(argv: readonly string[]): Promise<Outcome> {
  const before = folders.map(treeOf);
  const timer = setInterval(() => {
    if (process.listenerCount("SIGINT") === 0) return; // not begun
    clearInterval(timer);
    process.emit("SIGINT", "SIGINT");
  }, LONG_ENOUGH_MS);
  const code = await runCli(argv, COMMANDS);
  clearInterval(timer);
  const after = folders.map(treeOf);
  const changed = before.flatMap((tree, index) => differences(tree, after[index] ?? new Map()));
  return { argv, code, changed };
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}
