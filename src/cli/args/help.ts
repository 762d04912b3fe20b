/** Help as text: what a command takes, and what may follow a name. */

import type { ArgDef, ArgsDef } from "citty";
import pkg from "../../../package.json" with { type: "json" };
import { tableLines } from "../../render/table.ts";
import type { Branch, Runnable } from "./command.ts";

/** Help of a name with commands below it; of one that can be run itself, too, with what it takes then. */
export function branchHelp(branch: Branch, path: readonly string[], runnable?: Runnable): readonly string[] {
  const full = ["operator", ...path].join(" ");
  const shown = [...(branch.commands ?? [])].filter(([, { hidden }]) => !hidden);
  const usage = [...(runnable ? [usageOf(full, runnable.args)] : []), `${full} <command> [options]`];
  return [
    `${branch.description}${path.length === 0 ? ` (${full} ${pkg.version})` : ""}`,
    "",
    ...usage.map((line, index) => `${index === 0 ? "USAGE" : "     "} ${line}`),
    ...section(
      "COMMANDS",
      shown.map(([name, { description }]) => [name, description]),
    ),
    ...(runnable ? argumentLines(runnable.args) : []),
    "",
    `Use "${full} <command> --help" for more about a command.`,
    "Settings: file (~/.config/operator/config.toml), then environment (OPERATOR_…), then flag; the later wins.",
    "Exit codes: 0 done or all holds, 1 failed, 2 usage, 3 violated, 4 unknown, 130 interrupted.",
  ];
}

/** Help of a command. */
export function commandHelp({ args }: Runnable, description: string, path: readonly string[]): readonly string[] {
  const full = ["operator", ...path].join(" ");
  return [description, "", `USAGE ${usageOf(full, args)}`, ...argumentLines(args)];
}

/** Flags under a heading of their own. */
export function flagSection(title: string, args: ArgsDef): readonly string[] {
  return section(
    title,
    Object.entries(visible(args)).map(([name, def]) => [flagOf(name, def), explained(def)]),
  );
}

/** Flags without a description are for tests and faults, not for people. */
export function visible(args: ArgsDef): ArgsDef {
  return Object.fromEntries(Object.entries(args).filter(([, { description }]) => description !== undefined));
}

function usageOf(full: string, args: ArgsDef): string {
  const places = Object.entries(args).filter(([, { type }]) => type === "positional");
  return [full, ...places.map(([name, def]) => placeOf(name, def)), "[options]"].join(" ");
}

function argumentLines(args: ArgsDef): readonly string[] {
  const all = Object.entries(visible(args));
  const places = all.filter(([, { type }]) => type === "positional");
  const flags = Object.fromEntries(all.filter(([, { type }]) => type !== "positional"));
  return [
    ...section(
      "ARGUMENTS",
      places.map(([name, def]) => [placeOf(name, def), explained(def)]),
    ),
    ...flagSection("OPTIONS", flags),
  ];
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", title, "", ...tableLines(rows).map((line) => `  ${line}`)];
}

function flagOf(name: string, def: ArgDef): string {
  const short = "alias" in def ? [def.alias ?? []].flat().map((letter) => `-${letter}, `) : [];
  const value = def.type === "boolean" ? "" : `=<${def.valueHint ?? (def.type === "enum" ? "word" : name)}>`;
  return `${short.join("")}--${name}${value}`;
}

/** With the words that it may be, and what it is if it is not given. */
function explained(def: ArgDef): string {
  const options = def.type === "enum" ? (def.options ?? []) : [];
  const words = options.length > 1 ? [`one of ${options.join(", ")}`] : options;
  const usual = typeof def.default === "string" ? [`default: ${def.default}`] : [];
  const more = [...words, ...usual].join("; ");
  return `${def.description ?? ""}${more === "" ? "" : ` (${more})`}`;
}

/** A place that may stay empty stands in brackets. */
function placeOf(name: string, { required }: ArgDef): string {
  return required === false ? `[${name}]` : `<${name}>`;
}
