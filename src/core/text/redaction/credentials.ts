/** HTTP credentials: `Authorization: Basic …`, `Bearer …`, `Cookie: a=b; c=d`. */

import { isPlaceholder, isProse } from "./prose.ts";
import { type Finder, REDACTED, type Span } from "./span.ts";
import { matchAt, type ValueContext, valueAt } from "./values.ts";

/** The header, and the context of its value. */
export interface HeaderContext extends ValueContext {
  readonly kind: "authorization" | "cookie";
}

/** Authentication schemes. */
const SCHEMES =
  "basic|bearer|digest|negotiate|ntlm|token|apikey|api-key|ssws|hawk|oauth|hmac|key|dpop|mac|splunk|sharedkey|" +
  "sharedaccesssignature|aws4-hmac-sha256|aws|goog4-rsa-sha256|scram-sha-\\d+|[\\w-]*-hmac-[\\w-]*";

const SCHEME = new RegExp(String.raw`(?:${SCHEMES})(?:[ \t]+|(?=["'\`]|$))`, "iy");
const QUOTED = /\\*["'`]/y;
const PARAMETERS = /(?:[\w-]{1,64}=(?:\\*"[^"\n]*"|[^\s,"']+)(?:[ \t]*,[ \t]*|(?=[\s"']|$)))+/y;
const LOOSE = /(?<![\w-])(?:(bearer|basic|negotiate|ntlm|dpop|hawk)|digest)[ \t]+/gi;
const PAIR = /[^\s=;,"'{}]{1,256}=/y;
const WORD_END = /[\s"'`,;]|\\+["'`]|$/g;

/** The credentials in the value of a header. */
export function credentialsAt(text: string, at: number, context: HeaderContext): Span | undefined {
  if (context.kind === "cookie") return cookiesAt(text, at, context) ?? valueAt(text, at, context);
  return matchAt(QUOTED, text, at) ? valueAt(text, at, context) : authorizationAt(text, at, context);
}

/** Finds credentials that follow the name of their scheme, anywhere in the text. */
export const credentials: Finder = {
  suspects: /(?:bearer|basic|negotiate|ntlm|dpop|hawk|digest)[ \t]/,
  find: findCredentials,
};

function* findCredentials(text: string): Iterable<Span> {
  LOOSE.lastIndex = 0;
  for (let found = LOOSE.exec(text); found; found = LOOSE.exec(text)) {
    const start = found.index + found[0].length;
    const end = parametersEnd(text, start) ?? (found[1] ? wordEnd(text, start) : start);
    if (isParameters(text, start) || looksLikeCredentials(text.slice(start, end), found[1])) yield { start, end };
    LOOSE.lastIndex = Math.max(LOOSE.lastIndex, end);
  }
}

function authorizationAt(text: string, at: number, { within }: HeaderContext): Span | undefined {
  const scheme = matchAt(SCHEME, text, at)?.[0] ?? "";
  const start = at + scheme.length;
  const word = text.slice(start, wordEnd(text, start));
  if (word === "" || isProse(word) || isPlaceholder(word) || word.startsWith(REDACTED)) return undefined;
  const end = parametersEnd(text, start) ?? start + word.length;
  const closing = within === "" ? -1 : text.slice(start, end).search(new RegExp(String.raw`(?<!\\)${within}`));
  return { start: at, end: closing < 0 ? end : start + closing };
}

/** The rest of the line, or of the quotes around the header. */
function cookiesAt(text: string, at: number, { lineEnd, within }: HeaderContext): Span | undefined {
  if (!matchAt(PAIR, text, at)) return undefined;
  const closing = within === "" ? -1 : text.indexOf(within, at);
  const end = closing < 0 || closing > lineEnd ? lineEnd : closing;
  return { start: at, end: at + text.slice(at, end).trimEnd().length };
}

function isParameters(text: string, at: number): boolean {
  return parametersEnd(text, at) !== undefined && !text.startsWith(REDACTED, at);
}

function parametersEnd(text: string, at: number): number | undefined {
  const parameters = matchAt(PARAMETERS, text, at)?.[0];
  return parameters === undefined ? undefined : at + parameters.trimEnd().replace(/,$/, "").length;
}

function wordEnd(text: string, at: number): number {
  return matchAt(WORD_END, text, at)?.index ?? text.length;
}

/** Prose is lower case. After "Bearer" any character is accepted. */
function looksLikeCredentials(word: string, scheme = ""): boolean {
  const isToken = scheme === "Bearer" ? /^\w.{5}/ : /^[\w.~+/=-]{6,}[.:)\]}]?$/;
  return isToken.test(word) && /[A-Z0-9+/=_~]/.test(word) && !isProse(word);
}
