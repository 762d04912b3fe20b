/** Layers of configuration: defaults, then file, then environment, then flag; the later wins. */

import { dirname } from "node:path";
import { InvalidInputError } from "../../../core/text/errors.ts";
import type { Typed } from "../arguments.ts";
import { type Configuration, SHARED_FLAGS, sectionOf } from "./config-file.ts";
import { fromEnvironment, mergeSaid, type Said, type Setting } from "./secrets.ts";

/** Where the values of one command may come from. */
export interface Layers {
  /** Name of the command, which is its section of the file. */
  readonly command: string;
  /** Flags that may be set elsewhere. */
  readonly flags: readonly string[];
  /** Those of them that are secrets, which a file may hold, too. */
  readonly secrets?: ReadonlySet<string>;
  readonly typed: Typed;
  readonly configuration: Configuration;
  /** Prefix of the command's variables; `OPERATOR_⟨COMMAND⟩_` unless it has one of its own. */
  readonly environmentPrefix?: string;
  /** Keys of the command's section that somebody else reads. @default none */
  readonly others?: (key: string) => boolean;
}

/**
 * The value of each flag that is set anywhere.
 * @throws {InvalidInputError} If the command's section of the file has a key that is no flag, or a secret's file cannot be used.
 */
export function layer({ secrets = new Set(), ...layers }: Layers): ReadonlyMap<string, Setting> {
  const { flags, typed, configuration } = layers;
  const variables = { secrets, variable: (flag: string) => variableOf(flag, layers) };
  const fromFlags = Object.entries(typed).map(([flag, value]) => [flag, { value, origin: `--${flag}` }] as const);
  return mergeSaid(
    [fromFile(layers), fromEnvironment(flags, configuration.environment, variables), fromFlags],
    secrets,
  );
}

/** The environment variable of one flag. */
export function variableOf(
  flag: string,
  { command, environmentPrefix }: Pick<Layers, "command" | "environmentPrefix">,
): string {
  const name = flag.replaceAll("-", "_").toUpperCase();
  if (SHARED_FLAGS.has(flag)) return `OPERATOR_${name}`;
  return `${environmentPrefix ?? `OPERATOR_${command.replaceAll(/[ -]/g, "_").toUpperCase()}_`}${name}`;
}

function fromFile({ command, flags, configuration, others = () => false }: Omit<Layers, "secrets">): Said {
  const { file } = configuration;
  if (!file) return [];
  const own = Object.entries(sectionOf(configuration, command)).filter(([key]) => flags.includes(key) || !others(key));
  const section = command.replaceAll(" ", ".");
  const stranger = own.find(([key]) => !flags.includes(key));
  if (stranger) {
    const wanted = flags.length > 0 ? `expected one of ${flags.join(", ")}` : "expected none";
    throw new InvalidInputError(`Cannot use "${section}.${stranger[0]}" in "${file.path}": no such setting, ${wanted}`);
  }
  const shared = Object.entries(file.root).filter(([key]) => SHARED_FLAGS.has(key) && flags.includes(key));
  const folder = dirname(file.path);
  return [
    ...shared.map(([key, value]) => [key, { value, origin: `${key} in "${file.path}"` }] as const),
    ...own.map(([key, value]) => [key, { value, origin: `${section}.${key} in "${file.path}"`, folder }] as const),
  ];
}
