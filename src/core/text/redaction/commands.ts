/** Secrets identified by their position in a command: `AUTH user password`, `--pass word`, `-ppassword`, access lists. */

import { isAssignedSecretName, isSecretName } from "./names.ts";
import { isPlaceholder, isProse } from "./prose.ts";
import { type Finder, REDACTED, type Span } from "./span.ts";
import { argumentWords, commandLines, type Word } from "./words.ts";

/** A word that is secret from an offset on. */
export interface HiddenWord {
  readonly index: number;
  readonly from: number;
}

/** A program with a short flag that takes a secret, either as the next word or attached. */
interface Program {
  readonly name: RegExp;
  readonly next?: RegExp;
  readonly joined?: RegExp;
}

const REDIS: Program = { name: /^(?:redis|valkey|keydb)\b/, next: /^-a$/ };
const PROGRAMS: readonly Program[] = [
  REDIS,
  { name: /^(?:mysql|mariadb|percona|mycli)/, joined: /^-p(?=.)/ },
  { name: /^(?:sshpass|7z\w?)$/, next: /^-p$/, joined: /^-p(?=.)/ },
  { name: /^(?:docker|podman|nerdctl|buildah|helm|crane|oras|az|cqlsh|mongo\w*|rabbitmqadmin|oc)$/, next: /^-p$/ },
  { name: /^(?:sqlcmd|bcp|zip|unzip|mosquitto_\w+|ipmitool)$/, next: /^-P$/, joined: /^-P(?=.)/ },
  { name: /^ldap\w+$/, next: /^-w$/, joined: /^-w(?=.)/ },
  { name: /^(?:curl|https?|xh)$/, next: /^(?:-b|--cookie)$/ },
  { name: /^(?:curl|wget|https?|xh|skopeo)$/, next: /^(?:-u|-U|--user|--proxy-user|--auth|-a|--creds)$/ },
];

/** Flags that take `user:password`. */
const USER_FLAG = /^(?:-u|-U|--user|--proxy-user|--auth|-a|--creds)$/;
const FLAG = /^--?[A-Za-z][\w.-]*$/;
const DIRECTIVE =
  /^(?:requirepass|masterauth|masteruser|primaryauth|primaryuser|tls-(?:client-)?key-file-pass|sentinel-pass|bindpw|rootpw)$/i;
const ACL_RULE =
  /^(?:on|off|[~&%].+|[+-]@?[\w|]+|all(?:keys|commands|channels)|reset(?:keys|pass|channels)?|nopass|nocommands|(?:skip-)?sanitize-payload)$/;
const ACL_PASSWORD = /^(?:>|<|\\u003[ce])(?=[^\s=])/i;
const ACL_DIGEST = /^[#!](?=[0-9a-f]{32,}$)/i;
const AFTER_AUTH = /^(?:setname|keys|copy|replace|[|&;>].*)$/i;

/** The Redis protocol, raw or with escaped line ends. */
const WIRE =
  /(?:AUTH2?|requirepass|masterauth|masteruser)(\r\n|\\r\\n)\$\d{1,9}\1([^\r\n\\]+)(?:\1\$\d{1,9}\1([^\r\n\\]+))?/dgi;

/** The MySQL statement. */
const SET_PASSWORD = /\bset\s+password\s+for\s+\S{1,256}\s*=\s*(?:password\s*\(\s*)?["']([^"'\n]+)/dgi;

/** Finds secrets in commands. */
export const commands: Finder = {
  suspects:
    /(?<![\w-])-{1,2}[a-z]|\bauth(?:2|-pass)?\b|requirepass|(?:master|primary)(?:auth|user)|key-file-pass|sentinel-pass|(?:bind|root)pw|setuser|passw(?:or)?d["'`]?\s|identified|nopass|[+-]@|\b(?:set|env|setenv|setx|is|was)\s|[#!][0-9a-f]{32}|[\s"'`](?:>|<|\\u003[ce])\S/,
  find: findCommands,
};

function* findCommands(text: string): Iterable<Span> {
  for (const { indices } of text.matchAll(WIRE)) {
    for (const [start, end] of indices?.slice(2).filter((range) => range !== undefined) ?? []) yield { start, end };
  }
  for (const { indices } of text.matchAll(SET_PASSWORD)) {
    const [start, end] = indices?.[1] ?? [0, 0];
    yield { start, end };
  }
  for (const words of commandLines(text)) {
    for (const { index, from } of secretWords(words)) {
      const word = words[index];
      if (word) yield { start: word.start + from, end: word.start + word.text.length };
    }
  }
}

/** A list without such a word holds no command with a secret. */
const TELLING = /^(?:[->#!]|<\S|\\u003|auth|requirepass|masterauth|masteruser|primary|tls-|sentinel-|by$|set$|passw)/i;

/** The elements of a list, without the secrets identified by the elements before them. */
export function redactedArguments(values: readonly unknown[], redact: (value: unknown) => unknown): readonly unknown[] {
  if (!values.some((value) => typeof value === "string" && TELLING.test(value))) return values.map(redact);
  const hides = new Map(secretWords(argumentWords(values)).map(({ index, from }) => [index, from]));
  return values.map((value, index) => {
    const from = hides.get(index);
    return from === undefined || typeof value !== "string" ? redact(value) : value.slice(0, from) + REDACTED;
  });
}

interface Line {
  readonly words: readonly Word[];
  /** The programs named so far in this line. */
  programs: Set<Program>;
  /** Whether an access list is being set. */
  isAccessList: boolean;
}

function secretWords(words: readonly Word[]): readonly HiddenWord[] {
  const found: HiddenWord[] = [];
  const line: Line = { words, programs: new Set(), isAccessList: false };
  for (const [index, word] of words.entries()) {
    // What begins with a flag are the arguments of a program that is not named.
    if (word.first)
      Object.assign(line, { programs: new Set(word.text.startsWith("-") ? [REDIS] : []), isAccessList: false });
    const { text } = word;
    if (text.length > 10_000) continue;
    found.push(
      ...accessList(line, index),
      ...authCommand(line, index),
      ...directive(line, index),
      ...flag(line, index),
      ...statement(line, index),
    );
    const program = text.slice(text.lastIndexOf("/") + 1).toLowerCase();
    for (const one of PROGRAMS) if (one.name.test(program)) line.programs.add(one);
  }
  return found;
}

function flag(line: Line, index: number): readonly HiddenWord[] {
  const { words } = line;
  const { text = "" } = words[index] ?? {};
  if (!text.startsWith("-")) return [];
  for (const { next, joined } of line.programs) {
    if (next?.test(text)) return afterFlag(words, index, text);
    const own = joined?.exec(text)?.[0];
    if (own !== undefined && !text.includes(REDACTED)) return [{ index, from: own.length }];
  }
  const hasUser = line.words.slice(Math.max(0, index - 4), index + 5).some((word) => /^-u.|^--user/.test(word.text));
  if (hasUser && /^-p(?=.*\D)./.test(text) && !/^-p(?:ort|[a-z]*=)/.test(text)) return hide(words, index, 2);
  if (!FLAG.test(text) || !isAssignedSecretName(text)) return [];
  // In YAML each argument has a line of its own.
  return words[index + 1]?.text === "-" ? hide(words, index + 2) : hide(words, index + 1);
}

function afterFlag(words: readonly Word[], index: number, flag: string): readonly HiddenWord[] {
  const value = words[index + 1]?.text ?? "";
  if (!USER_FLAG.test(flag) || flag === "-a") return hide(words, index + 1);
  return value.includes(":") && !value.includes("://") ? hide(words, index + 1, value.indexOf(":") + 1) : [];
}

/** `AUTH password` and `AUTH user password`, also within HELLO and MIGRATE. */
function authCommand({ words, programs }: Line, index: number): readonly HiddenWord[] {
  const word = words[index];
  if (!word || !/^auth2?$/i.test(word.text)) return [];
  const before = words[index - 1]?.text ?? "";
  const isCommand =
    word.text === word.text.toUpperCase() ||
    word.quoted ||
    before.endsWith(">") ||
    /^\d+$/.test(before) ||
    programs.has(REDIS);
  if (!isCommand && !isTyped(words, index)) return [];
  const first = hide(words, index + 1);
  const second = words[index + 2];
  return first.length === 0 || !second || AFTER_AUTH.test(second.text) ? first : [...first, ...hide(words, index + 2)];
}

/** A line that consists of this command alone, in any case. Prose consists of lower-case words. */
function isTyped(words: readonly Word[], index: number): boolean {
  const after = words.slice(index + 1, index + 4);
  const own = after.slice(0, after.findIndex(({ first }, at) => first || at === 3) >>> 0);
  return words[index]?.first === true && own.length <= 2 && own.some(({ text }) => /[^a-z]/.test(text));
}

/** Directives such as `requirepass password`. In `sentinel auth-pass master password` the name of the master comes first. */
function directive({ words }: Line, index: number): readonly HiddenWord[] {
  const text = words[index]?.text ?? "";
  const before = words[index - 1]?.text ?? "";
  if (/^auth-pass$/i.test(text)) return hide(words, /^sentinel$/i.test(before) ? index + 2 : index + 1);
  if (DIRECTIVE.test(text)) return hide(words, index + 1);
  return /^(?:set|env|setenv|setx)$/i.test(before) && /[_.-]|^pass/i.test(text) && isSecretName(text)
    ? hide(words, index + 1)
    : [];
}

/** `ACL SETUSER name on >password ~*`, `user name on #digest`, and fragments of them. */
function accessList(line: Line, index: number): readonly HiddenWord[] {
  const { words } = line;
  const text = words[index]?.text ?? "";
  if (/^setuser$/i.test(text) || (/^user$/i.test(text) && ACL_RULE.test(words[index + 2]?.text ?? ""))) {
    line.isAccessList = true;
  }
  const digest = ACL_DIGEST.exec(text)?.[0];
  if (digest !== undefined) return [{ index, from: digest.length }];
  const mark = ACL_PASSWORD.exec(text)?.[0];
  if (mark === undefined || text.includes(REDACTED)) return [];
  const isRule = (at: number): boolean => ACL_RULE.test(words[at]?.text ?? "");
  return line.isAccessList || isRule(index - 1) || isRule(index + 1) ? [{ index, from: mark.length }] : [];
}

/** SQL and `.netrc`: `IDENTIFIED BY 'password'`, `PASSWORD 'password'`, `login user password word`. */
function statement({ words }: Line, index: number): readonly HiddenWord[] {
  const { text = "", first = false } = words[index] ?? {};
  const next = words[index + 1];
  if (/^by$/i.test(text)) {
    const isIdentified = words.slice(Math.max(0, index - 3), index).some((word) => /^identified$/i.test(word.text));
    return isIdentified ? hide(words, index + 1) : [];
  }
  if (/^(?:is|was)$/i.test(text) && /^(?:passw(?:or)?d|passphrase|secret|token)$/i.test(words[index - 1]?.text ?? "")) {
    return next?.quoted || /\d.*[a-z]|[a-z].*\d/i.test(next?.text ?? "") ? hide(words, index + 1) : [];
  }
  if (!/^passw(?:or)?d$/i.test(text) || !next) return [];
  const before = words.slice(Math.max(0, index - 5), index);
  const isEntry = before.some((word) => /^(?:machine|login|default|account)$/i.test(word.text));
  const isAlone = first && !next.first && (words[index + 2]?.first ?? true);
  return isEntry || isAlone || next.quoted ? hide(words, index + 1) : [];
}

/** The word at an index, unless it is prose, a flag or already hidden. */
function hide(words: readonly Word[], index: number, from = 0): readonly HiddenWord[] {
  const word = words[index];
  // Space alone is what lies between two quoted words where an earlier line has left a quote open.
  if (!word || word.text.slice(from).trim() === "" || word.text.includes(REDACTED)) return [];
  if (FLAG.test(word.text) && from === 0) return [];
  if (!word.quoted && (isProse(word.text) || isPlaceholder(word.text))) return [];
  // A flag or a command that is alone in quotes or before a comma is spoken of.
  const before = words[index - 1];
  if (from === 0 && !word.quoted && (before?.quoted === true || before?.ends === true)) return [];
  if (word.first && !/^\d+\)$/.test(words[index - 1]?.text ?? "")) return [];
  return [{ index, from }];
}
