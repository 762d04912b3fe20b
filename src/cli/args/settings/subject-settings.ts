/** What file, environment and flags say about one subject: where it is, its graces and its thresholds. */

import { dirname } from "node:path";
import * as v from "valibot";
import type { Subject } from "../../../core/subject/subject.ts";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { withSuggestion } from "../../../core/text/suggest.ts";
import { DurationMs } from "../../../core/text/units.ts";
import { OWN_INVARIANTS } from "../../../core/tickets/own-invariants.ts";
import { isComponentId } from "../../../core/words/ids.ts";
import { configKeys, keyOf, secretKeys } from "../../../runtime/subjects/config-keys.ts";
import type { Sourced, SubjectSettings } from "../../../runtime/subjects/settings.ts";
import type { SubjectChoice } from "../flags/subject-flags.ts";
import { type Configuration, isSection, type Section, sectionOf } from "./config-file.ts";
import { fromEnvironment, mergeSaid, type Said, warnings, withFileKeys } from "./secrets.ts";

/** Settings as they were read. */
export interface ReadSettings extends SubjectSettings {
  /** One for each secret that was typed. */
  readonly warnings: readonly string[];
}

/** The typed part of the settings. */
export type SubjectFlags = Pick<SubjectChoice, "endpoint" | "grace" | "threshold"> &
  Partial<Pick<SubjectChoice, "ephemeral">>;

const NUMBER = /^\s*\d+(\.\d+)?(e[+-]?\d+)?\s*$/i;

const Figure = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(NUMBER, wantNumber), v.transform(Number))], wantNumber),
  v.finite(wantNumber),
  v.minValue(0, wantNumber),
);

/** What a section and the environment hold of a subject besides its endpoints. */
const TABLES: ReadonlySet<string> = new Set(["grace", "threshold", "ephemeral"]);

const Ephemeral = v.pipe(
  v.array(v.string()),
  v.checkItems(isComponentId, ({ input }) => `Cannot read component "${input}", expected one such as node/4 or node/*`),
);

/**
 * Reads every setting of a subject: the file's section of its name, `OPERATOR_⟨SUBJECT⟩_…`, flags.
 * @throws {InvalidInputError} If one is malformed, or the subject has nothing of that name.
 */
export function readSubjectSettings(subject: Subject, flags: SubjectFlags, configuration: Configuration): ReadSettings {
  const places: Places = { id: subject.id, configuration };
  const graces = new Map([...fromTables("grace", places), ...fromFlags(flags.grace, "--grace")]);
  const thresholds = new Map([...fromTables("threshold", places), ...fromFlags(flags.threshold, "--threshold")]);
  const endpoints = readEndpoints(subject, flags, configuration);
  const ephemeral = readEphemeral(flags.ephemeral ?? [], places);
  const secrets = secretKeys(subject.config);
  const variable = (key: string): string => subjectVariable(subject.id, key);
  return {
    endpoints,
    warnings: warnings(endpoints, { secrets, variable, typed: (key) => `--endpoint ${key}=…` }),
    graceMs: checked(graces, { subject, known: gracedInvariants(subject), schema: DurationMs }),
    thresholds: checked(thresholds, { subject, known: thresholdNames(subject), schema: Figure }),
    ...(ephemeral && { ephemeral }),
  };
}

/** Whether file or environment say where a subject is, as far as that can be seen without loading it. */
export function pointsTo(id: string, configuration: Configuration): boolean {
  const prefix = prefixOf(id);
  const inFile = Object.keys(sectionOf(configuration, id)).some((key) => !TABLES.has(key));
  return (
    inFile ||
    Object.entries(configuration.environment).some(
      ([name, text]) => text && name.startsWith(prefix) && !TABLES.has(name.slice(prefix.length).toLowerCase()),
    )
  );
}

/** Every threshold of a subject as it is set: `invariant.name`. */
export function thresholdNames({ invariants }: Pick<Subject, "invariants">): readonly string[] {
  return invariants.flatMap(({ id, thresholds }) => Object.keys(thresholds).map((name) => `${id}.${name}`));
}

/** Every invariant whose grace can be set, core's own included. */
export function gracedInvariants({ invariants }: Pick<Subject, "invariants">): readonly string[] {
  return [...invariants, ...OWN_INVARIANTS].map(({ id }) => id);
}

/** The environment variable of one of a subject's settings. */
export function subjectVariable(id: string, key: string): string {
  return `${prefixOf(id)}${key.replaceAll("-", "_").toUpperCase()}`;
}

interface Places {
  readonly id: string;
  readonly configuration: Configuration;
}

function readEndpoints(
  { id, config }: Subject,
  flags: SubjectFlags,
  configuration: Configuration,
): ReadonlyMap<string, Sourced> {
  const secrets = secretKeys(config);
  const known = withFileKeys(configKeys(config).keys(), secrets);
  const { file, environment } = configuration;
  const { grace: _grace, threshold: _threshold, ephemeral: _ephemeral, ...section } = sectionOf(configuration, id);
  const inFile = flattened(section).map(([path, value]): Said[number] => [
    keyOf(path),
    { value, origin: `${id}.${path.join(".")} in "${file?.path}"`, ...(file && { folder: dirname(file.path) }) },
  ]);
  const inEnvironment = fromEnvironment(known, environment, { secrets, variable: (key) => subjectVariable(id, key) });
  const places = [inFile, inEnvironment, fromFlags(flags.endpoint, "--endpoint")];
  for (const [key, { origin }] of places.flat()) {
    if (known.includes(key)) continue;
    const message = `Cannot use ${origin}: "${id}" has no setting "${key}", expected one of ${known.join(", ")}`;
    throw new InvalidInputError(withSuggestion(message, key, known));
  }
  return mergeSaid(places, secrets);
}

/** The list of the place that wins: a flag, the environment, the file. */
function readEphemeral(
  typed: readonly string[],
  { id, configuration: { file, environment }, configuration }: Places,
): Sourced<readonly string[]> | undefined {
  const variable = subjectVariable(id, "ephemeral");
  const { ephemeral: inFile } = sectionOf(configuration, id);
  const places = [
    { value: typed.join(",") || undefined, origin: "--ephemeral" },
    { value: environment[variable] || undefined, origin: variable },
    { value: inFile, origin: `${id}.ephemeral in "${file?.path}"` },
  ];
  const said = places.find(({ value }) => value !== undefined);
  if (!said) return undefined;
  const listed = typeof said.value === "string" ? said.value.split(",").map((one) => one.trim()) : said.value;
  const result = v.safeParse(Ephemeral, listed);
  if (result.success) return { value: result.output, origin: said.origin };
  throw new InvalidInputError(`Cannot use ${said.origin}: ${result.issues[0].message}`);
}

/** From the table of that name in the subject's section, and from the variable of that name. */
function fromTables(name: "grace" | "threshold", { id, configuration }: Places): Said {
  const { file, environment } = configuration;
  const table = flattened(sectionOf(configuration, `${id} ${name}`)).map(([path, value]): Said[number] => [
    path.join("."),
    { value, origin: `${id}.${name}.${path.join(".")} in "${file?.path}"` },
  ]);
  const variable = subjectVariable(id, name);
  const words = (environment[variable] ?? "").split(",").filter(Boolean);
  return [...table, ...fromFlags(words, variable)];
}

function fromFlags(texts: readonly string[], origin: string): Said {
  return texts.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at).trim(), { value: text.slice(at + 1).trim(), origin }];
    throw new InvalidInputError(`Cannot use ${origin} "${text}", expected name=value`);
  });
}

/** What a table says, those within it included. */
function flattened(section: Section, path: readonly string[] = []): readonly (readonly [readonly string[], unknown])[] {
  return Object.entries(section).flatMap(([name, value]) =>
    isSection(value) ? flattened(value, [...path, name]) : [[[...path, name], value] as const],
  );
}

interface Checking {
  readonly subject: Subject;
  readonly known: readonly string[];
  readonly schema: v.GenericSchema<unknown, number>;
}

function checked(
  said: ReadonlyMap<string, Sourced>,
  { subject, known, schema }: Checking,
): ReadonlyMap<string, Sourced<number>> {
  return new Map(
    [...said].map(([name, { value, origin }]) => {
      if (!known.includes(name)) {
        const message = `Cannot use ${origin}: "${subject.id}" has no "${name}", expected one of ${known.join(", ")}`;
        throw new InvalidInputError(withSuggestion(message, name, known));
      }
      const result = v.safeParse(schema, value);
      if (result.success) return [name, { value: result.output, origin }];
      throw new InvalidInputError(`Cannot use ${origin} for "${name}": ${result.issues[0].message}`);
    }),
  );
}

function wantNumber({ input }: { readonly input: unknown }): string {
  const said = typeof input === "number" ? String(input) : JSON.stringify(input);
  return `Cannot read number ${said}, expected one from 0 on, such as 0.05`;
}

function prefixOf(id: string): string {
  return `OPERATOR_${id.replaceAll("-", "_").toUpperCase()}_`;
}
