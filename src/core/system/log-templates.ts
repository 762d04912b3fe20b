/**
 * Log lines by what is constant in them: lines of the same form with other numbers, names and addresses are one template.
 * After He et al. (ICWS 2017), with one pass and without parameters for single systems.
 */

import type { LogEvent } from "./logs.ts";

/** Lines of one form. */
export interface LogTemplate {
  readonly level: LogEvent["level"];
  /** The words that all of them have, `<*>` for each that differs. */
  readonly text: string;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstAtMs: number;
  /** Epoch milliseconds. */
  readonly lastAtMs: number;
  /** One of them as it was written. */
  readonly example: string;
}

/** What is written since a moment and was not before, and what was and is not any more. */
export interface TemplateChanges {
  readonly appeared: readonly LogTemplate[];
  readonly vanished: readonly LogTemplate[];
}

const WILD = "<*>";
/** Share of the words that two lines of one template have in common. */
const ALIKE_RATIO = 0.6;
/** Words of a line that are compared. */
const MOST_WORDS = 60;
/** Templates of one level and number of words at most; a log that is no text of its own kind stays bounded. */
const MOST_TEMPLATES = 200;
/** A word that is a value: it holds a figure, is in quotes, or is a path, an address or a pair with one of these. */
const VALUE = /\d|^["'`].*["'`][,.;:]?$|^\/|:\/\//;
/** Times the usual time between two lines after which a third is missed. */
const MISSED_AFTER = 5;
/** Lines without which there is no usual time between them. */
const LEAST_REGULAR = 4;

/** The templates of some lines, in the order in which they first occur. */
export function templatesOf(events: readonly LogEvent[]): readonly LogTemplate[] {
  const groups = new Map<string, Draft[]>();
  const drafts: Draft[] = [];
  for (const event of events) {
    const words = maskedWords(event.message);
    const key = `${event.level} ${words.length}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const known = nearest(group, words);
    if (known) {
      known.words = known.words.map((word, at) => (word === words[at] ? word : WILD));
      known.atMs.push(event.atMs);
      continue;
    }
    if (group.length >= MOST_TEMPLATES) continue;
    const draft = { words, event, atMs: [event.atMs] };
    group.push(draft);
    drafts.push(draft);
  }
  return drafts.map(templateOf);
}

/**
 * What is new and what is missing in a log since a moment. Missing is only what was written regularly before, and was due
 * again several times.
 * @param events Oldest first; what was written before the first of them is not known.
 */
export function templateChanges(
  events: readonly LogEvent[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): TemplateChanges {
  const all = templatesOf(events);
  const appeared = all.filter(({ firstAtMs }) => firstAtMs >= sinceMs);
  const vanished = all.filter(({ firstAtMs, lastAtMs, count }) => {
    const usualMs = (lastAtMs - firstAtMs) / (count - 1);
    return lastAtMs < sinceMs && count >= LEAST_REGULAR && untilMs - lastAtMs > usualMs * MISSED_AFTER;
  });
  return { appeared, vanished };
}

interface Draft {
  words: readonly string[];
  readonly event: LogEvent;
  readonly atMs: number[];
}

function templateOf({ words, event: { level, message }, atMs }: Draft): LogTemplate {
  return {
    level,
    text: words.join(" "),
    count: atMs.length,
    firstAtMs: Math.min(...atMs),
    lastAtMs: Math.max(...atMs),
    example: message,
  };
}

/** Of a pair such as `port=7001` only the value is masked. */
function maskedWords(message: string): readonly string[] {
  const words = message.trim().split(/\s+/).slice(0, MOST_WORDS);
  return words.map((word) => {
    const [, name, value] = /^([\w.-]*[a-z][\w.-]*[=:])(.+)$/i.exec(word) ?? [];
    if (name !== undefined && value !== undefined && !/\d/.test(name) && VALUE.test(value)) return `${name}${WILD}`;
    return VALUE.test(word) ? WILD : word;
  });
}

/** The template that has the most words in common with a line, if enough. */
function nearest(group: readonly Draft[], words: readonly string[]): Draft | undefined {
  let best: { readonly draft: Draft; readonly common: number } | undefined;
  for (const draft of group) {
    const common = draft.words.filter((word, at) => word === words[at]).length;
    if (common >= words.length * ALIKE_RATIO && common > (best?.common ?? -1)) best = { draft, common };
  }
  return best?.draft;
}
