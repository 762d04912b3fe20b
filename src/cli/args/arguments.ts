/** Reads an argument vector strictly: what is not declared is refused, with a suggestion. */

import { parseArgs } from "node:util";
import type { ArgDef, ArgsDef } from "citty";
import { UsageError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";

/** What was typed, by argument name; a flag that may be repeated has a list. */
export type Typed = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What a command declares of its arguments. */
export interface Declared {
  readonly args: ArgsDef;
  /** Flags that may be given more than once, and the place that takes all words that are left. */
  readonly repeatable?: readonly string[];
  /**
   * Set where somebody else reads the other flags, whose values look like words: whether a word, or the first thing typed,
   * may stand in a place of this command.
   */
  readonly isPlace?: (word: string, at: number) => boolean;
}

/**
 * Reads flags and positionals.
 * @throws {UsageError} If a flag is unknown, lacks its value, is given twice, or there are too many words.
 */
export function readArguments(argv: readonly string[], declared: Declared): Typed {
  const { isPlace } = declared;
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(declared.args).flatMap(([name, def]) => optionOf(name, def))),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const typed: Record<string, string | boolean | readonly string[]> = {};
  const places = Object.keys(declared.args).filter((name) => declared.args[name]?.type === "positional");
  for (const token of tokens) {
    if (token.kind === "positional" && (isPlace?.(token.value, token.index) ?? true)) {
      const [name] = places;
      if (name === undefined && isPlace) continue;
      if (name === undefined) throw new UsageError(`Cannot use "${token.value}": ${expectedOf(declared)}`);
      const takesMore = declared.repeatable?.includes(name);
      typed[name] = takesMore ? [...asList(typed[name]), token.value] : token.value;
      if (!takesMore) places.shift();
    }
    if (token.kind === "option" && !(isPlace && isUnknown(token, declared))) {
      const [name, value] = readFlag(token, declared);
      if (Object.hasOwn(typed, name) && !declared.repeatable?.includes(name)) {
        throw new UsageError(`Cannot use --${name} twice`);
      }
      typed[name] = declared.repeatable?.includes(name) ? [...asList(typed[name]), String(value)] : value;
    }
  }
  const missing = places.find((name) => declared.args[name]?.required !== false && typed[name] === undefined);
  if (missing && !isPlace) throw missingError(missing, declared.args[missing]);
  return typed;
}

/** What a command takes besides flags. */
function expectedOf({ args }: Declared): string {
  const places = Object.keys(args).filter((name) => args[name]?.type === "positional");
  const flags = Object.keys(args).filter((name) => args[name]?.type !== "positional" && args[name]?.required === true);
  const words = [...places.map((name) => `<${name}>`), ...flags.map((name) => `--${name}`)];
  return words.length === 0 ? "it takes flags only" : `expected ${words.join(" and ")} only`;
}

/** The error of something that must be given and is not. */
export function missingError(name: string, def: ArgDef | undefined): UsageError {
  const { description } = def ?? {};
  return new UsageError(`Missing ${shownAs(name, def)}${description ? `: ${description}` : ""}`);
}

/** How a flag or a place is written in front of people. */
export function shownAs(name: string, def: ArgDef | undefined): string {
  return def?.type === "positional" ? `<${name}>` : `--${name}`;
}

interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function readFlag({ name: typedName, rawName, value }: FlagToken, { args }: Declared): [string, string | boolean] {
  const negated = typedName.startsWith("no-") && args[typedName.slice(3)]?.type === "boolean";
  const name = negated ? typedName.slice(3) : typedName;
  const def = Object.hasOwn(args, name) ? args[name] : undefined;
  if (!def || def.type === "positional") {
    const flags = Object.keys(args).filter((flag) => args[flag]?.type !== "positional");
    throw new UsageError(withSuggestion(`Cannot use "${rawName}": no such flag`, typedName, [...flags, "help"]));
  }
  if (def.type === "boolean") {
    if (value !== undefined) throw new UsageError(`Cannot use --${name} with value "${value}", expected none`);
    return [name, !negated];
  }
  if (value === undefined || value === "") throw new UsageError(`Cannot use --${name} without a value`);
  return [name, value];
}

function isUnknown({ name }: FlagToken, { args }: Declared): boolean {
  return !Object.hasOwn(args, name) && !Object.hasOwn(args, name.replace(/^no-/, ""));
}

function asList(value: Typed[string] | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function optionOf(name: string, def: ArgDef): [string, { type: "boolean" | "string"; short?: string }][] {
  if (def.type === "positional") return [];
  const alias = "alias" in def ? [def.alias ?? []].flat() : [];
  const short = alias.find((letter) => letter.length === 1);
  return [[name, { type: def.type === "boolean" ? "boolean" : "string", ...(short && { short }) }]];
}
