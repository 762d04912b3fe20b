/** From an argument vector to an exit code: finds the command, shows help, and turns errors into words. */

import pkg from "../../../package.json" with { type: "json" };
import { InvalidInputError, UsageError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";
import { log } from "../../io/log.ts";
import { subjectIds } from "../../runtime/subjects/subjects.ts";
import { choicesOf } from "./choices.ts";
import type { Branch, Runnable } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { branchHelp, commandHelp, visible } from "./help.ts";
import { NO_INSTANCE, printLine, printText } from "./output.ts";

/** Runs one command line and answers its exit code; never throws. */
export async function runCli(argv: readonly string[], commands: ReadonlyMap<string, Branch>): Promise<ExitCode> {
  try {
    return await dispatch(argv, { description: pkg.description, commands });
  } catch (error) {
    const { wordsOf } = await import("./wording.ts"); // it knows far more than most commands need
    log.error(wordsOf(error));
    if (error instanceof UsageError && error.hint) log.info(error.hint);
    if (process.env["OPERATOR_DEBUG"] && error instanceof Error) log.debug(error.stack ?? "");
    return error instanceof UsageError || error instanceof InvalidInputError ? EXIT.usage : EXIT.failed;
  }
}

async function dispatch(argv: readonly string[], root: Branch): Promise<ExitCode> {
  if (argv[0] === "__complete") return await complete(argv.slice(1), root);
  if (argv[0] === "--version" || argv[0] === "-v") {
    printLine(NO_INSTANCE, pkg.version);
    return EXIT.done;
  }
  const { branch, path, rest } = descend(argv, root);
  const wantsHelp = argv
    .slice(path.length)
    .some((word, at, words) => isHelp(word) && !words.slice(0, at).includes("--"));
  const runnable = leadsOn({ branch, rest }) ? undefined : await branch.load?.();
  if (!runnable) return await branchUsage({ branch, path, rest, wantsHelp: wantsHelp || rest[0] === "help" });
  const sections = [...(root.commands?.keys() ?? []), ...subjectIds()];
  if (!wantsHelp) return await runnable.run(rest, sections);
  await showHelp({ runnable, branch, path, rest }, sections);
  return EXIT.done;
}

/** Whether there is nothing to run: of a name with commands below it that can also be run itself, only words make it run. */
function leadsOn({ branch, rest }: Pick<Place, "branch" | "rest">): boolean {
  return branch.commands !== undefined && (!branch.load || rest[0] === "help" || rest.every(isHelp));
}

interface Place {
  readonly branch: Branch;
  /** Names that led here. */
  readonly path: readonly string[];
  /** Words that are left. */
  readonly rest: readonly string[];
}

function descend(argv: readonly string[], root: Branch): Place {
  let branch = root;
  let depth = 0;
  for (const word of argv) {
    const next = branch.commands?.get(word);
    if (!next) break;
    branch = next;
    depth += 1;
  }
  return { branch, path: argv.slice(0, depth), rest: argv.slice(depth) };
}

async function branchUsage({ branch, path, rest, wantsHelp }: Place & { wantsHelp: boolean }): Promise<ExitCode> {
  if (wantsHelp) {
    printText(NO_INSTANCE, ...branchHelp(branch, path, await branch.load?.()));
    return EXIT.done;
  }
  const full = ["operator", ...path].join(" ");
  const [word] = rest;
  const hint = `Run "${full} --help" to see what there is`;
  if (word === undefined) {
    const names = [...(branch.commands ?? [])].filter(([, { hidden }]) => !hidden).map(([name]) => name);
    throw new UsageError(`Cannot run "${full}" alone, expected one of ${names.join(", ")}`, { hint });
  }
  const kind = word.startsWith("-") ? "flag" : "command";
  const message = `Cannot run "${full} ${word}": no such ${kind}`;
  throw new UsageError(withSuggestion(message, word, branch.commands?.keys() ?? []), { hint });
}

interface Asked extends Place {
  readonly runnable: Runnable;
}

async function showHelp({ runnable, branch, path, rest }: Asked, sections: readonly string[]): Promise<void> {
  printText(NO_INSTANCE, ...commandHelp(runnable, branch.description, path));
  if (!runnable.more) return;
  const words = rest.filter((word) => !isHelp(word));
  const more = await runnable.more(words, sections);
  printText(NO_INSTANCE, "", ...more.split("\n"));
}

/** Prints what may follow, one word a line; the last word is the one being typed. */
async function complete(words: readonly string[], root: Branch): Promise<ExitCode> {
  const typing = words.at(-1) ?? "";
  const { branch } = descend(words.slice(0, -1), root);
  const runnable = await branch.load?.();
  const shown = runnable ? visible({ ...runnable.args, ...(await runnable.argsFor?.(words)) }) : {};
  const before = words.at(-2) ?? "";
  const set = before.startsWith("--") ? shown[before.slice(2)] : undefined;
  const candidates = (set && (await choicesOf(set))) ?? (await anythingOf(branch, shown));
  for (const candidate of candidates.filter((word) => word.startsWith(typing))) printLine(NO_INSTANCE, candidate);
  return EXIT.done;
}

/** Commands, then what may stand in the places of this one, then flags. */
async function anythingOf({ commands }: Branch, args: Runnable["args"]): Promise<readonly string[]> {
  const children = [...(commands ?? [])].filter(([, { hidden }]) => !hidden).map(([name]) => name);
  const positionals = Object.values(args).filter(({ type }) => type === "positional");
  const places = await Promise.all(positionals.map(choicesOf));
  const flags = Object.keys(args).filter((name) => args[name]?.type !== "positional");
  return [...children, ...places.flatMap((words) => words ?? []), ...[...flags, "help"].map((flag) => `--${flag}`)];
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}
