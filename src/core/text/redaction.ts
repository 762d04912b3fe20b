/** Takes secrets out of text and JSON before they are written; always before truncation, which could cut a secret's mark off. */

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

/** Most text holds nothing that could be a secret, and this is how that is seen at once. */
const SUSPICIOUS = new RegExp(FINDERS.map(({ suspects }) => suspects.source).join("|"), "i");

/** What is hidden can show another form in the rest; so many passes are enough to come to an end. */
const MOST_PASSES = 8;

/** The text without its secrets; redacted again it stays as it is. */
export function redactText(text: string): string {
  let clean = text;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const before = clean;
    clean = redactedOnce(before);
    if (clean === before) break;
  }
  return clean;
}

/** Secrets are looked for in what is seen: neither a colour nor a sign without width hides the name of one. */
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

/** A JSON value without its secrets: text is redacted, and so is whatever is named like a secret. */
export function redactJson(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return redactedList(value);
  if (typeof value !== "object" || value === null) return value;
  if (hasToJson(value)) return redactJson(value.toJSON());
  const told = tellingName(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name),
      isSecretName(name) || (told && /^value$/i.test(name)) ? hide(inner, name) : redactJson(inner),
    ]),
  );
}

/** A list may be the arguments of a program, or a pair of a name and its value. */
function redactedList(values: readonly unknown[]): readonly unknown[] {
  const [name, value] = values;
  if (values.length === 2 && typeof name === "string" && isSecretName(name)) return [name, hide(value, name)];
  return redactedArguments(values, redactJson);
}

/** Whether the value beside a name is that of a secret, as in `{ "name": "DB_PASSWORD", "value": "…" }`. */
function tellingName(value: object): boolean {
  return Object.entries(value).some(
    ([field, name]) => /^(?:name|key|header)$/i.test(field) && typeof name === "string" && isSecretName(name),
  );
}

/** Numbers under the name of a token are counts. */
function hide(value: unknown, name: string): unknown {
  if (typeof value === "string") return value === "" ? "" : REDACTED;
  if (typeof value === "number") return hidesNumbers(name) ? REDACTED : value;
  return typeof value === "object" && value !== null ? REDACTED : value;
}

/** A line that can be part of a private key: nothing but base64, or a long run of it at the end. */
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
