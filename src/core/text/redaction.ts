/** Removes secrets from text and JSON. Always call it before truncating: a cut could remove what identifies the secret. */

import { addresses } from "./redaction/addresses.ts";
import { assignments } from "./redaction/assignments.ts";
import { commands, redactedArguments } from "./redaction/commands.ts";
import { credentials } from "./redaction/credentials.ts";
import { hidesNumbers, isSecretName } from "./redaction/names.ts";
import { privateKeys, tokens } from "./redaction/shapes.ts";
import { type Finder, hidden, REDACTED } from "./redaction/span.ts";

export { REDACTED } from "./redaction/span.ts";

import { seenText } from "./unseen.ts";

const FINDERS: readonly (Finder & { readonly suspect: RegExp })[] = [
  privateKeys,
  addresses,
  tokens,
  credentials,
  assignments,
  commands,
].map((finder) => ({ ...finder, suspect: new RegExp(finder.suspects, "i") }));

/** A cheap test that rules most text out. */
const SUSPICIOUS = new RegExp(FINDERS.map(({ suspects }) => suspects.source).join("|"), "i");

/** Hiding one secret can reveal the form of another. Maximum number of passes. */
const MOST_PASSES = 8;

/** Number of short texts remembered as free of secrets: ids and states repeat at every look. */
const MOST_REMEMBERED = 50_000;
const LONGEST_REMEMBERED = 128;
const harmless = new Set<string>();

/** The text without its secrets. Idempotent. */
export function redactText(text: string): string {
  if (text.length > LONGEST_REMEMBERED) return redacted(text);
  if (harmless.has(text)) return text;
  const clean = redacted(text);
  if (clean !== text) return clean;
  if (harmless.size >= MOST_REMEMBERED) harmless.clear();
  harmless.add(text);
  return text;
}

function redacted(text: string): string {
  let clean = redactedLiterals(text);
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const before = clean;
    clean = redactedLines(redactedOnce(before));
    if (clean === before) break;
  }
  return clean;
}

/** A string of JSON on one line. */
const LITERAL = /"(?:[^"\\\n]|\\[^\n])*"/g;

/** What a string of JSON says, first: what is around it, and escaped quotes and line ends, hide what the text itself shows. */
function redactedLiterals(text: string): string {
  if (!text.includes('"') || !SUSPICIOUS.test(text)) return text;
  return text.replaceAll(LITERAL, (literal) => {
    const said = SUSPICIOUS.test(literal) ? textOfLiteral(literal) : undefined;
    const clean = said === undefined ? said : redacted(said);
    return clean === said ? literal : JSON.stringify(clean);
  });
}

function textOfLiteral(literal: string): string | undefined {
  try {
    return String(JSON.parse(literal));
  } catch {
    return undefined;
  }
}

/** Each line by itself, too: a quote that an earlier line leaves open must not hide what a later one holds. */
function redactedLines(text: string): string {
  return text.includes("\n") ? text.split("\n").map(redactedOnce).join("\n") : text;
}

/** Searches the visible text, so that neither a colour code nor a zero-width character hides the name of a secret. */
function redactedOnce(whole: string): string {
  const { text, offsetOf } = seenText(whole);
  if (!SUSPICIOUS.test(text)) return whole;
  const spans = FINDERS.flatMap(({ suspect, find }) => (suspect.test(text) ? [...find(text)] : []));
  if (spans.length === 0) return whole;
  return hidden(
    whole,
    spans.map(({ start, end }) => ({
      start: offsetOf(start),
      end: end > start ? offsetOf(end - 1) + 1 : offsetOf(start),
    })),
  );
}

/** Maximum depth of a JSON value; deeper parts are hidden entirely. */
const DEEPEST = 200;

/** A JSON value without its secrets: text is redacted, and so is whatever is named like a secret. */
export function redactJson(value: unknown): unknown {
  return redactedJson(value, 0);
}

function redactedJson(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return REDACTED;
  if (Array.isArray(value)) return redactedList(value, depth);
  if (hasToJson(value)) return redactedJson(value.toJSON(), depth + 1);
  const told = tellingName(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const { clean, isSecret } = readName(name);
      const hides = isSecret || (told && TOLD.test(name));
      return [clean, hides ? hide(inner, name) : redactedJson(inner, depth + 1)];
    }),
  );
}

interface ReadName {
  /** The name itself, redacted. */
  readonly clean: string;
  /** Whether the name is that of a secret. */
  readonly isSecret: boolean;
}

const names = new Map<string, ReadName>();

/** Cached, since observations repeat the same few field names. */
function readName(name: string): ReadName {
  const known = names.get(name);
  if (known) return known;
  const read = { clean: redactText(name), isSecret: isSecretName(name) };
  if (names.size >= MOST_REMEMBERED) names.clear();
  if (name.length <= LONGEST_REMEMBERED) names.set(name, read);
  return read;
}

/** A list can be an argument vector or a name-value pair. */
function redactedList(values: readonly unknown[], depth: number): readonly unknown[] {
  const [name, value] = values;
  if (values.length === 2 && typeof name === "string" && readName(name).isSecret) return [name, hide(value, name)];
  return redactedArguments(values, (one) => redactedJson(one, depth + 1));
}

/** Fields that name what others of the same object hold, and those. */
const TELLING = /^(?:name|key|header|setting|parameter|option|directive|field|path)$/i;
const TOLD = /^(?:values?|from|to|before|after|old|new|was|is|now|current|previous)$/i;

/** Whether the object names a secret and holds it, as in `{ "name": "DB_PASSWORD", "value": "…" }` or a change of a setting. */
function tellingName(value: object): boolean {
  return Object.entries(value).some(
    ([field, name]) => typeof name === "string" && TELLING.test(field) && readName(name).isSecret,
  );
}

/** Numbers named like a token are counts. */
function hide(value: unknown, name: string): unknown {
  if (typeof value === "string") return value === "" ? "" : REDACTED;
  if (typeof value === "number") return hidesNumbers(name) ? REDACTED : value;
  return typeof value === "object" && value !== null ? REDACTED : value;
}

/** A line that can belong to a private key: only base64, or ending in a long run of it. */
const KEY_LINE = /^\s*[A-Za-z0-9+/=]{0,100}\s*$|[A-Za-z0-9+/=]{40,}\s*$|^(?:Proc-Type|DEK-Info|Comment|Version): /;

/**
 * Redacts text that comes line by line: of a private key over many lines only the first is left, as a marker.
 * @returns A function that answers each line without its secrets, or nothing where the line is a secret.
 */
export function lineRedactor(): (line: string) => string | undefined {
  let within = false;
  return (line) => {
    if (within) {
      const end = /-{4,5} ?END [A-Z0-9 ]{0,40}-{4,5}/i.exec(line);
      within = end === null && KEY_LINE.test(line);
      if (within || end) return undefined;
    }
    const clean = redactText(line);
    within = clean !== line && /-BEGIN [^-]*PRIVATE KEY[^-]*-+(?![\s\S]*-END )/i.test(line);
    return clean;
  };
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
