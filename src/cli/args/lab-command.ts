/** A command whose flags a lab adds to: which lab is read from the command's own flags, then all flags are read strictly. */

import type { ArgsDef } from "citty";
import * as v from "valibot";
import type { Flags, Lab } from "../../deployments/lab.ts";
import { labIds, loadLab } from "../../runtime/subjects/labs.ts";
import { type CommandContext, type CommandSpec, command, glance, type Runnable } from "./command.ts";
import type { ExitCode } from "./exit-code.ts";
import { argsOfSchema } from "./flags/schema-args.ts";
import { flagSection } from "./help.ts";
import { sectionOf } from "./settings/config-file.ts";

/** What the lab that is meant adds. */
export interface FromLab<Made> {
  readonly lab: Lab;
  /** What it made of its flags. */
  readonly made: Made;
}

/** A command as its file declares it, with its own flags only. */
export interface LabCommandSpec<Schema extends v.GenericSchema, Made>
  extends Omit<CommandSpec<Schema>, "run" | "more" | "others" | "isPlace"> {
  /** Which subject is meant. */
  readonly subjectOf: (options: v.InferOutput<Schema>) => Promise<string>;
  /** What a lab adds. */
  readonly flagsOf: (lab: Lab) => Flags<Made>;
  /** More about a lab in the help, in one sentence. */
  readonly about?: (lab: Lab) => string;
  readonly run: (
    options: v.InferOutput<Schema>,
    fromLab: FromLab<Made>,
    context: CommandContext,
  ) => Promise<ExitCode | void>;
}

/** Closes over the option type of a command and over what labs make of their flags. */
export function labCommand<Schema extends v.GenericSchema, Made>(spec: LabCommandSpec<Schema, Made>): Runnable {
  const { run: _run, flagsOf, about, subjectOf, ...own } = spec;
  const argsOfLab = (lab: Lab): ArgsDef => argsOfSchema(flagsOf(lab));
  return {
    args: command({ ...own, run: async () => undefined }).args,
    async argsFor(words) {
      const labs = await labsIn(words);
      return Object.assign({}, ...labs.map(argsOfLab));
    },
    async more(words) {
      const labs = await labsIn(words);
      return labs
        .flatMap((lab) => [
          ...flagSection(`OPTIONS for ${lab.subject}`, argsOfLab(lab)),
          ...(about ? ["", `  ${about(lab)}`] : []),
        ])
        .slice(1) // what is printed before it ends with an empty line
        .join("\n");
    },
    async run(argv, sections) {
      const { options, configuration } = glance({ ...own, isPlace }, argv, sections);
      const lab = await loadLab(await subjectOf(options));
      const others = Object.keys(sectionOf(configuration, spec.name)).length > 0 ? await flagsOfAll(argsOfLab) : [];
      return await withFlagsOf(lab, spec, others).run(argv, sections);
    },
  };
}

function isPlace(word: string, at: number): boolean {
  return at === 0 || labIds().includes(word);
}

async function labsIn(words: readonly string[]): Promise<readonly Lab[]> {
  const named = labIds().filter((id) => words.includes(id));
  return await Promise.all((named.length > 0 ? named : labIds()).map(loadLab));
}

async function flagsOfAll(argsOfLab: (lab: Lab) => ArgsDef): Promise<readonly string[]> {
  return (await labsIn([])).flatMap((lab) => Object.keys(argsOfLab(lab)));
}

/** The whole command once its lab is known. The file may hold what other labs take. */
function withFlagsOf<Schema extends v.GenericSchema, Made>(
  lab: Lab,
  spec: LabCommandSpec<Schema, Made>,
  others: readonly string[],
): Runnable {
  const { run, flagsOf, subjectOf: _subjectOf, about: _about, ...own } = spec;
  const flags = flagsOf(lab);
  return command({
    ...own,
    args: { ...own.args, ...argsOfSchema(flags) },
    others: (flag) => others.includes(flag),
    options: both(own.options, flags),
    run: async ({ first, second }, context) => await run(first, { lab, made: second }, context),
  });
}

/** Reads the same value by two schemas. */
function both<First extends v.GenericSchema, Second>(
  first: First,
  second: v.GenericSchema<unknown, Second>,
): v.GenericSchema<unknown, { readonly first: v.InferOutput<First>; readonly second: Second }> {
  return v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const [one, other] = [v.safeParse(first, dataset.value), v.safeParse(second, dataset.value)];
      if (one.success && other.success) return { first: one.output, second: other.output };
      const { message, input, path } = (one.issues ?? other.issues ?? [])[0] ?? {};
      addIssue({ input, ...(message !== undefined && { message }), ...(path && { path }) });
      return NEVER;
    }),
  );
}
