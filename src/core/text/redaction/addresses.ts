/** Passwords in addresses: everything before the last `@`, with or without a scheme. */

import type { Finder, Span } from "./span.ts";
import { matchAt } from "./values.ts";

const ADDRESS = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,31})(:\/\/|%3A%2F%2F)/gi;

/** Schemes where an `@` in the path is common and a slash in the password is not. */
const WEB = /^(?:https?|wss?|ftp)$/i;

/** A word that could be an address without a scheme. */
const WORD = /[^\s"'`]+/g;

/** The start of `user:password@host` in a word: at its beginning or after punctuation. */
const BARE = /(?<![\w.~+:/@-])[\w.~+-]{0,64}:(?!\/\/)/;

/** The first character of a host. An image name has a digest there instead. */
const HOST = /(?!sha\d+:)[\w[(.-]/y;

/** Finds the credentials in addresses. */
export const addresses: Finder = { suspects: /@|%40/, find: findAddresses };

function* findAddresses(text: string): Iterable<Span> {
  let end = 0;
  ADDRESS.lastIndex = 0;
  for (let found = ADDRESS.exec(text); found; found = ADDRESS.exec(text)) {
    const [all, scheme = "", separator = ""] = found;
    const start = found.index + all.length;
    end = addressEnd(text, start, text[found.index - 1] ?? "");
    const secret = separator === "://" ? userOf(text.slice(start, end), scheme) : encodedUserOf(text.slice(start, end));
    if (secret) yield { start: start + secret.start, end: start + secret.end };
    ADDRESS.lastIndex = Math.max(start, end);
  }
  yield* bareAddresses(text);
}

function* bareAddresses(text: string): Iterable<Span> {
  for (const { index, 0: word } of text.matchAll(WORD)) {
    const end = lastBeforeHost(word);
    if (end < 0) continue;
    const found = BARE.exec(word);
    const start = found ? found.index + found[0].length : end;
    if (start < end) yield { start: index + start, end: index + end };
  }
}

/** The last `@` of a word that is followed by a host. */
function lastBeforeHost(word: string): number {
  let at = word.lastIndexOf("@");
  while (at >= 0 && !matchAt(HOST, word, at + 1)) at = at === 0 ? -1 : word.lastIndexOf("@", at - 1);
  return at;
}

/** An address ends at the next space, or at the quote that precedes it. */
function addressEnd(text: string, start: number, before: string): number {
  const ending = before === "'" || before === "`" ? new RegExp(`[\\s"${before}]`, "g") : /[\s"]/g;
  ending.lastIndex = start;
  return ending.exec(text)?.index ?? text.length;
}

/** Schemes that `parseRedisUrl` reads: of these nothing before the last `@` is shown. */
const REDIS = /^rediss?(?:\+[a-z]+)?$/i;

/** What to hide before the last `@`; the user name stays visible if a password follows it, except in an address of Redis. */
function userOf(rest: string, scheme: string): Span | undefined {
  const end = lastAt(rest, scheme);
  if (end < 0) return undefined;
  const colon = rest.indexOf(":");
  const password = colon < 0 || colon > end ? "" : rest.slice(colon + 1, end);
  const isNameSecret =
    (REDIS.test(scheme) && colon !== 0) || password === "" || password.toLowerCase() === "x-oauth-basic";
  return isNameSecret ? { start: 0, end } : { start: colon + 1, end };
}

function lastAt(rest: string, scheme: string): number {
  const authority = rest.slice(0, rest.search(/[/?#]|$/));
  if (!WEB.test(scheme) || authority.includes("@")) return WEB.test(scheme) ? authorityAt(rest) : rest.lastIndexOf("@");
  // With a port behind it the colon is a host's, and an `@` that follows belongs to the path.
  return /:(?!\d*$)/.test(authority) && !authority.startsWith("[") ? rest.lastIndexOf("@") : -1;
}

/** The last `@` before the path of the host that follows it. */
function authorityAt(rest: string): number {
  const last = rest.lastIndexOf("@");
  const first = rest.indexOf("@");
  // Behind the first one the host may already have ended: what follows a slash is then the path.
  const path = rest.slice(first).search(/[/?#]/);
  return path < 0 || first + path > last ? last : rest.slice(0, first + path).lastIndexOf("@");
}

function encodedUserOf(rest: string): Span | undefined {
  const value = rest.slice(0, rest.search(/&|$/));
  const end = value.toLowerCase().lastIndexOf("%40");
  const colon = value.search(/%3A/i);
  return end < 0 ? undefined : { start: colon < 0 || colon > end ? 0 : colon + 3, end };
}
