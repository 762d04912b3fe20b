/** Secrets among the settings: each can also be given as the path of a file, and one that was typed is warned of. */

import { resolve } from "node:path";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { readSecretFile } from "../../../io/files/secret.ts";
import type { Sourced } from "../../../runtime/subjects/settings.ts";

/** A value as one place says it. */
export interface Setting<T = unknown> extends Sourced<T> {
  /** Whether the value is, or was read from, the path of a secret's file. */
  readonly isSecretFile?: boolean;
  /** Where a relative path begins. @default the working folder */
  readonly folder?: string;
}

/** What is said in one place, such as the environment, by the names of the settings. */
export type Said = readonly (readonly [string, Setting])[];

/** The name of the setting that holds the path of a secret's file. */
export function fileKey(secret: string): string {
  return `${secret}-file`;
}

/** The settings that can be given once some of them are secrets. */
export function withFileKeys(keys: Iterable<string>, secrets: ReadonlySet<string>): readonly string[] {
  return [...keys].flatMap((key) => (secrets.has(key) ? [key, fileKey(key)] : [key]));
}

/** What the environment says. An empty variable says nothing, but that of a secret is kept, to be refused. */
export function fromEnvironment(
  keys: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  { secrets, variable }: Pick<OtherPlaces, "secrets" | "variable">,
): Said {
  const refused = withFileKeys(secrets, secrets);
  return keys.flatMap((key): Said => {
    const origin = variable(key);
    const value = environment[origin];
    return value === undefined || (value === "" && !refused.includes(key)) ? [] : [[key, { value, origin }]];
  });
}

/**
 * Puts places on top of each other, the later over the earlier; a secret and its file are one setting. Only the file
 * that counts is read.
 * @throws {InvalidInputError} If one place gives both a secret and its file, or the file cannot be used.
 */
export function mergeSaid(places: readonly Said[], secrets: ReadonlySet<string>): ReadonlyMap<string, Setting> {
  const merged = new Map<string, Setting>();
  for (const said of places) {
    const here = new Map(said);
    for (const secret of secrets) {
      const file = here.get(fileKey(secret));
      if (file && here.has(secret)) throw saidTwice(secret, { value: here.get(secret), file });
    }
    for (const [key, sourced] of here) {
      const secret = secretOfFile(key, secrets);
      merged.set(secret ?? key, secret === undefined ? sourced : { ...sourced, isSecretFile: true });
    }
  }
  return new Map([...merged].map(([key, sourced]) => [key, sourced.isSecretFile ? readFile(sourced) : sourced]));
}

/** How the settings of one command or subject are written in other places than the list of arguments. */
export interface OtherPlaces {
  readonly secrets: ReadonlySet<string>;
  /** The environment variable of a setting. */
  readonly variable: (key: string) => string;
  /** A setting as it is typed, for instance `--token-file`. */
  readonly typed: (key: string) => string;
}

/** A warning for each secret that was typed, alone or in an address: every user can list the arguments of a process. */
export function warnings(values: ReadonlyMap<string, Setting>, places: OtherPlaces): readonly string[] {
  const { secrets, variable, typed } = places;
  return [...values].flatMap(([key, { value, origin, isSecretFile }]) => {
    const ofAddress = `${key}-password`;
    const secret = secrets.has(key) ? key : secrets.has(ofAddress) && hasPassword(value) ? ofAddress : undefined;
    if (secret === undefined || isSecretFile || !origin.startsWith("--")) return [];
    const what = secret === key ? typed(key) : `The password in ${typed(key)}`;
    const ways = `use ${typed(fileKey(secret))} or ${variable(secret)} instead`;
    return [`${what}, like every argument, is visible to all users of this machine in the list of processes: ${ways}`];
  });
}

function secretOfFile(key: string, secrets: ReadonlySet<string>): string | undefined {
  return [...secrets].find((secret) => fileKey(secret) === key);
}

function readFile({ value, origin, folder, ...rest }: Setting): Setting {
  if (typeof value !== "string" || value === "") {
    throw new InvalidInputError(`Cannot use ${origin}: it is empty or no text, expected the path of a file`);
  }
  const path = resolve(folder ?? ".", value);
  return { ...rest, value: readSecretFile(path), origin: `${origin} ("${path}")` };
}

function saidTwice(
  secret: string,
  { value, file }: { readonly value: Setting | undefined; readonly file: Setting },
): Error {
  const origins =
    value?.origin === file.origin ? `${fileKey(secret)} and ${secret}` : `${file.origin} and ${value?.origin}`;
  return new InvalidInputError(`Cannot use both ${origins}, expected one of them`);
}

function hasPassword(address: unknown): boolean {
  return typeof address === "string" && /\/\/[^:@]*:.*@/.test(address);
}
