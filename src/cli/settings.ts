/** Layers of configuration: defaults, then file, then environment, then flag; the later wins. */

import { homedir } from "node:os";
import { join } from "node:path";
import { InvalidInputError, UsageError } from "../core/errors.ts";
import type { Typed } from "./arguments.ts";

/** Flags that mean the same in every command, so that one variable sets them for all: `OPERATOR_HOME`. */
const SHARED: ReadonlySet<string> = new Set(["home", "db", "subject", "config"]);

/** Where the values of one command may come from. */
export interface Layers {
  /** Name of the command, which is its section of the file. */
  readonly command: string;
  /** Flags that may be set elsewhere. */
  readonly flags: readonly string[];
  readonly typed: Typed;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Prefix of the command's variables; `OPERATOR_⟨COMMAND⟩_` unless it has one of its own. */
  readonly environmentPrefix?: string;
}

/** A value and, for messages, the place it came from. */
export interface Sourced {
  readonly value: unknown;
  /** For instance `--interval`, `OPERATOR_WATCH_INTERVAL`, `watch.interval in "/etc/operator.toml"`. */
  readonly origin: string;
}

/**
 * The value of each flag that is set anywhere.
 * @throws {InvalidInputError} If the file cannot be read or has a section or key that nobody knows.
 */
export async function layer(layers: Layers): Promise<ReadonlyMap<string, Sourced>> {
  const values = new Map<string, Sourced>();
  const file = await readFile(layers);
  for (const [flag, sourced] of file) values.set(flag, sourced);
  for (const flag of layers.flags) {
    const name = variableOf(flag, layers);
    const value = layers.environment[name];
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
  if (SHARED.has(flag)) return `OPERATOR_${name}`;
  return `${environmentPrefix ?? `OPERATOR_${command.replaceAll(/[ -]/g, "_").toUpperCase()}_`}${name}`;
}

/** The configuration file that is read when none is named. */
export function defaultConfigFile(environment: Layers["environment"]): string {
  const base = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(base, "operator", "config.toml");
}

async function readFile({ command, flags, typed, environment }: Layers): Promise<ReadonlyMap<string, Sourced>> {
  const named = typed["config"] ?? environment["OPERATOR_CONFIG"];
  const path = typeof named === "string" ? named : defaultConfigFile(environment);
  const file = Bun.file(path);
  if (!(await file.exists())) {
    if (named === undefined) return new Map();
    throw new UsageError(`Cannot read configuration "${path}": no such file`);
  }
  const root = parseToml(await file.text(), path);
  const shared = Object.entries(root).filter(([key, value]) => !isSection(value) && flags.includes(key));
  const section = root[command];
  const own = isSection(section) ? Object.entries(section) : [];
  const stranger = own.find(([key]) => !flags.includes(key));
  if (stranger) {
    throw new InvalidInputError(
      `Cannot use "${command}.${stranger[0]}" in "${path}": no such setting, expected one of ${flags.join(", ")}`,
    );
  }
  return new Map([
    ...shared.map(([key, value]) => [key, { value, origin: `${key} in "${path}"` }] as const),
    ...own.map(([key, value]) => [key, { value, origin: `${command}.${key} in "${path}"` }] as const),
  ]);
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    const parsed: unknown = Bun.TOML.parse(text);
    return isSection(parsed) ? parsed : {};
  } catch (cause) {
    throw new InvalidInputError(`Cannot read configuration "${path}"`, { cause });
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
