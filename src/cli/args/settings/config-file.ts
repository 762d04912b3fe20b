/** The configuration file, and the environment beside it: read once, with what is in them left to anyone who asks. */

import { homedir } from "node:os";
import { join } from "node:path";
import { InvalidInputError, UsageError } from "../../../core/text/errors.ts";
import { withSuggestion } from "../../../core/text/suggest.ts";
import { readIfThere } from "../../../io/files/file.ts";

/** A table of the file. */
export type Section = Readonly<Record<string, unknown>>;

/** Where settings that were not typed come from. */
export interface Configuration {
  /** Absent where there is no file. */
  readonly file: { readonly path: string; readonly root: Section } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Flags that mean the same in every command, so that one variable or line sets them for all: `OPERATOR_HOME`. */
export const SHARED_FLAGS: ReadonlySet<string> = new Set(["home", "db", "subject", "config"]);

/** Where the file may be, and what may be in it. */
export interface FileOptions {
  /** As typed. */
  readonly named: string | undefined;
  readonly environment: Configuration["environment"];
  /** Sections that somebody knows: those of commands and of subjects. */
  readonly sections: readonly string[];
}

/**
 * Reads the file that is named, or the default one if it is there.
 * @throws {UsageError} If the named file is not there.
 * @throws {InvalidInputError} If it is malformed, or has a section or line that nobody knows.
 */
export function readConfiguration({ named, environment, sections }: FileOptions): Configuration {
  const asked = named ?? environment["OPERATOR_CONFIG"];
  const path = asked ?? defaultConfigFile(environment);
  const text = readIfThere(path);
  if (text === undefined) {
    if (asked === undefined) return { file: undefined, environment };
    throw new UsageError(`Cannot read configuration "${path}": no such file`);
  }
  const root = parseToml(text, path);
  for (const [key, value] of Object.entries(root)) {
    const known = isSection(value) ? sections : [...SHARED_FLAGS];
    if (known.includes(key)) continue;
    const message = `Cannot use "${key}" in "${path}": no such ${isSection(value) ? "section" : "setting"}`;
    throw new InvalidInputError(withSuggestion(message, key, known));
  }
  return { file: { path, root }, environment };
}

/** The configuration file that is read when none is named. */
export function defaultConfigFile(environment: Configuration["environment"]): string {
  const base = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(base, "operator", "config.toml");
}

/** A section by its name, of which each word is a table within the one before it; empty where there is none. */
export function sectionOf({ file }: Configuration, name: string): Section {
  let section: unknown = file?.root;
  for (const word of name.split(" ")) section = isSection(section) ? section[word] : undefined;
  return isSection(section) ? section : {};
}

/** Whether a value of the file is a table. */
export function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseToml(text: string, path: string): Section {
  try {
    const parsed: unknown = Bun.TOML.parse(text);
    return isSection(parsed) ? parsed : {};
  } catch (cause) {
    throw new InvalidInputError(`Cannot read configuration "${path}"`, { cause });
  }
}
