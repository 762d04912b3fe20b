/** The only meeting point of citty and valibot: a command file declares, this reads, checks and runs. */

import type { ArgDef, ArgsDef } from "citty";
import * as v from "valibot";
import { UsageError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";
import { log } from "../../io/log.ts";
import { outlivesTerminal } from "../../io/system/process.ts";
import { secretKeys } from "../../runtime/subjects/config-keys.ts";
import { type Declared, missingError, readArguments, shownAs } from "./arguments.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { type Configuration, readConfiguration } from "./settings/config-file.ts";
import { layer, variableOf } from "./settings/layers.ts";
import { fileKey, type OtherPlaces, type Setting, warnings } from "./settings/secrets.ts";
import { unknownVariables } from "./settings/unknown-variables.ts";

/** What a running command is given besides its options. */
export interface CommandContext {
  readonly log: typeof log;
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process. */
  readonly signal: AbortSignal;
  /** Where each option that is not a default came from, by flag. */
  readonly origins: ReadonlyMap<string, string>;
  /** What file and environment hold besides the command's own options. */
  readonly configuration: Configuration;
}

/** A command as its file declares it: flags for the help, a schema for the meaning. What it is for stands in the tree. */
export interface CommandSpec<Schema extends v.GenericSchema> extends Declared {
  /** As it is typed, parents included: `tickets list`. */
  readonly name: string;
  /** Keys are the flags' names in camelCase. A flag whose schema is a `Secret` gets one for its file, too. */
  readonly options: Schema;
  /** Prefix of its environment variables. @default {`OPERATOR_⟨COMMAND⟩_`} */
  readonly environmentPrefix?: string;
  /** Another command whose section of the file and whose variables set its flags. @default its own */
  readonly settingsOf?: string;
  /** Keys of the command's section of the file that somebody else reads. */
  readonly others?: (key: string) => boolean;
  /** Flags that neither file nor environment can set as the command's own. */
  readonly onlyTyped?: readonly string[];
  /** Text below the flags in the help, made when it is asked for. */
  readonly more?: (
    options: v.InferOutput<Schema>,
    context: Pick<CommandContext, "origins" | "configuration">,
  ) => Promise<string>;
  readonly run: (options: v.InferOutput<Schema>, context: CommandContext) => Promise<ExitCode | void>;
}

/** A command that the driver can run. */
export interface Runnable {
  readonly args: ArgsDef;
  /** Further flags, where words that were typed bring some. */
  readonly argsFor?: (words: readonly string[]) => Promise<ArgsDef>;
  /** Both are told which sections the configuration file may have. */
  readonly more?: (argv: readonly string[], sections: readonly string[]) => Promise<string>;
  readonly run: (argv: readonly string[], sections: readonly string[]) => Promise<ExitCode>;
}

/** A command, or a name with commands below it. */
export interface Branch {
  readonly description: string;
  /** Works, but is for other processes and not for people. */
  readonly hidden?: boolean;
  readonly load?: () => Promise<Runnable>;
  readonly commands?: ReadonlyMap<string, Branch>;
}

const CONFIG_FLAG: ArgsDef = {
  config: { type: "string", description: "Configuration file (TOML)", valueHint: "file" },
};

/** Ctrl-C, an end by others, and a terminal that is closed. */
const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const ENDING_UNDER_NOHUP = ENDING.filter((name) => name !== "SIGHUP");

/** Milliseconds within which two signals mean one wish. */
const ONE_WISH_MS = 500;

/** Closes over the option type of a command. */
export function command<Schema extends v.GenericSchema>(spec: CommandSpec<Schema>): Runnable {
  const { more } = spec;
  return {
    args: argsOf(spec),
    ...(more && {
      async more(argv, sections) {
        const { options, cautions: _cautions, ...context } = read(spec, argv, sections);
        return await more(options, context);
      },
    }),
    async run(argv, sections) {
      const { options, cautions, ...context } = read(spec, argv, sections);
      const tagged = log.withTag(spec.name);
      for (const caution of cautions) tagged.warn(caution);
      return await interruptible((signal) => spec.run(options, { ...context, log: tagged, signal }));
    },
  };
}

/** What a command is given of its own flags, where somebody else reads others beside them. */
export function glance<Schema extends v.GenericSchema>(
  spec: Omit<CommandSpec<Schema>, "run">,
  argv: readonly string[],
  sections: readonly string[],
): Pick<Given<Schema>, "options" | "configuration"> {
  return read({ ...spec, others: () => true }, argv, sections);
}

interface Given<Schema extends v.GenericSchema> extends Pick<CommandContext, "origins" | "configuration"> {
  readonly options: v.InferOutput<Schema>;
  /** A warning for each secret that was typed, and for each variable that sets nothing. */
  readonly cautions: readonly string[];
}

function read<Schema extends v.GenericSchema>(
  spec: Omit<CommandSpec<Schema>, "run">,
  argv: readonly string[],
  sections: readonly string[],
): Given<Schema> {
  const args = argsOf(spec);
  const typed = readArguments(argv, { ...spec, args });
  const { config } = typed;
  const { env: environment } = process;
  const named = typeof config === "string" ? config : undefined;
  const configuration = readConfiguration({ named, environment, sections });
  const flags = Object.keys(args).filter(
    (name) => args[name]?.type !== "positional" && !spec.onlyTyped?.includes(name),
  );
  const places = otherPlacesOf(spec);
  const { settingsOf, others = settingsOf === undefined ? undefined : () => true } = spec;
  const layers = { ...commandOf(spec), secrets: places.secrets, flags, typed, configuration };
  const values = layer({ ...layers, ...(others && { others }) });
  const origins = new Map([...values].map(([flag, { origin }]) => [flag, origin]));
  const cautions = [...warnings(values, places), ...strayVariables(spec, flags, environment)];
  return { options: readOptions(spec.options, values, args), origins, configuration, cautions };
}

type AnySpec = Pick<CommandSpec<v.GenericSchema>, "name" | "args" | "options" | "environmentPrefix" | "settingsOf">;

/** With a flag for the file of each secret. */
function argsOf(spec: AnySpec): ArgsDef {
  const { secrets, variable } = otherPlacesOf(spec);
  const args = Object.entries(spec.args).flatMap(([flag, def]): [string, ArgDef][] => {
    if (!secrets.has(flag)) return [[flag, def]];
    const description = `File with the value of --${flag}, readable by its owner only; or set ${variable(flag)}`;
    return [
      [flag, def],
      [fileKey(flag), { type: "string", description, valueHint: "file" }],
    ];
  });
  return { ...Object.fromEntries(args), ...CONFIG_FLAG };
}

function otherPlacesOf(spec: AnySpec): OtherPlaces {
  return {
    secrets: secretKeys(spec.options),
    variable: (flag) => variableOf(flag, commandOf(spec)),
    typed: (flag) => `--${flag}`,
  };
}

function commandOf({ name, settingsOf = name, environmentPrefix }: AnySpec): Parameters<typeof variableOf>[1] {
  return { command: settingsOf, ...(environmentPrefix !== undefined && { environmentPrefix }) };
}

/** Variables under `OPERATOR_` belong to many commands; a prefix that a command has for itself holds only its own. */
function strayVariables(
  spec: AnySpec,
  flags: readonly string[],
  environment: Configuration["environment"],
): readonly string[] {
  const { environmentPrefix: prefix } = spec;
  if (prefix === undefined) return [];
  const names = new Set(flags.map((flag) => variableOf(flag, commandOf(spec))));
  return unknownVariables(environment, { prefix, names });
}

function readOptions<Schema extends v.GenericSchema>(
  schema: Schema,
  values: ReadonlyMap<string, Setting>,
  args: ArgsDef,
): v.InferOutput<Schema> {
  const defaults = Object.entries(args).flatMap(([name, def]) =>
    def.default === undefined ? [] : [[camelCase(name), def.default] as const],
  );
  const given = [...values].map(([name, { value }]) => [camelCase(name), value] as const);
  const result = v.safeParse(schema, Object.fromEntries([...defaults, ...given]));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue)?.split(".")[0] ?? "";
  const flag = Object.keys(args).find((name) => camelCase(name) === key) ?? key;
  if (issue.input === undefined) throw missingError(flag, args[flag]);
  const shown = shownAs(flag, args[flag]);
  const origin = values.get(flag)?.origin ?? shown;
  const named = `Cannot use ${origin === `--${flag}` ? shown : origin}`;
  // Behind "token: " the log would take the reason for the token.
  if (secretKeys(schema).has(flag)) throw new UsageError(`${named}, because ${issue.message}`);
  throw new UsageError(`${named}: ${wordsOf(issue, args[flag])}`);
}

/** A schema that lists words does not know how to speak of them. */
function wordsOf(issue: v.BaseIssue<unknown>, def: ArgDef | undefined): string {
  const options = issue.type === "picklist" || def?.type === "enum" ? wordsFor(def) : [];
  if (options.length === 0) return issue.message;
  const word = String(issue.input);
  return withSuggestion(`Cannot read "${word}", expected one of ${options.join(", ")}`, word, options);
}

/** The words that a flag or a place may be; a place names them in its hint. */
function wordsFor(def: ArgDef | undefined): readonly string[] {
  if (def?.type === "enum") return def.options ?? [];
  const hint = def?.type === "positional" ? (def.valueHint ?? "") : "";
  return hint.includes("|") ? hint.split("|") : [];
}

/** Runs until done or interrupted; Ctrl-C of a command that has nothing else to say is 130. */
async function interruptible(run: (signal: AbortSignal) => Promise<ExitCode | void>): Promise<ExitCode> {
  const interrupted = new AbortController();
  let firstMs = 0;
  function onSignal(name: NodeJS.Signals): void {
    // A terminal sends Ctrl-C to every process of a command, and those in between pass it on.
    if (interrupted.signal.aborted && performance.now() - firstMs < ONE_WISH_MS) return;
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    firstMs = performance.now();
    interrupted.abort(new DOMException(`Interrupted by ${name}`, "AbortError"));
  }
  const ending = outlivesTerminal() ? ENDING_UNDER_NOHUP : ENDING;
  for (const name of ending) process.on(name, onSignal);
  try {
    const code = await run(interrupted.signal);
    return code ?? (interrupted.signal.aborted ? EXIT.interrupted : EXIT.done);
  } catch (error) {
    if (interrupted.signal.aborted && error === interrupted.signal.reason) return EXIT.interrupted;
    if (interrupted.signal.aborted && error instanceof Error && error.name === "AbortError") return EXIT.interrupted;
    throw error;
  } finally {
    for (const name of ending) process.off(name, onSignal);
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
