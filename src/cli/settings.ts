/** Layers of configuration: defaults, then file, then environment, then flag; the later wins. */

import { InvalidInputError } from "../core/errors.ts";
import type { Typed } from "./arguments.ts";
import { type Configuration, SHARED_FLAGS, sectionOf } from "./config-file.ts";

/** Where the values of one command may come from. */
export interface Layers {
  /** Name of the command, which is its section of the file. */
  readonly command: string;
  /** Flags that may be set elsewhere. */
  readonly flags: readonly string[];
  readonly typed: Typed;
  readonly configuration: Configuration;
  /** Prefix of the command's variables; `OPERATOR_⟨COMMAND⟩_` unless it has one of its own. */
  readonly environmentPrefix?: string;
}

/** A value and, for messages, the place it came from. */
export interface Sourced<T = unknown> {
  readonly value: T;
  /** For instance `--interval`, `OPERATOR_WATCH_INTERVAL`, `watch.interval in "/etc/operator.toml"`. */
  readonly origin: string;
}

/**
 * The value of each flag that is set anywhere.
 * @throws {InvalidInputError} If the command's section of the file has a key that is no flag.
 */
export function layer(layers: Layers): ReadonlyMap<string, Sourced> {
  const values = new Map<string, Sourced>(fromFile(layers));
  for (const flag of layers.flags) {
    const name = variableOf(flag, layers);
    const value = layers.configuration.environment[name];
    if (value !== undefined && value !== "") values.set(flag, { value, origin: name });
  }
  for (const [flag, value] of Object.entries(layers.typed)) values.set(flag, { value, origin: `--${flag}` });
  return values;
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

function fromFile({ command, flags, configuration }: Layers): readonly (readonly [string, Sourced])[] {
  const { file } = configuration;
  if (!file) return [];
  const own = Object.entries(sectionOf(configuration, command));
  const section = command.replaceAll(" ", ".");
  const stranger = own.find(([key]) => !flags.includes(key));
  if (stranger) {
    const wanted = flags.length > 0 ? `expected one of ${flags.join(", ")}` : "expected none";
    throw new InvalidInputError(`Cannot use "${section}.${stranger[0]}" in "${file.path}": no such setting, ${wanted}`);
  }
  const shared = Object.entries(file.root).filter(([key]) => SHARED_FLAGS.has(key) && flags.includes(key));
  return [
    ...shared.map(([key, value]) => [key, { value, origin: `${key} in "${file.path}"` }] as const),
    ...own.map(([key, value]) => [key, { value, origin: `${section}.${key} in "${file.path}"` }] as const),
  ];
}
