/** Words by which systems name their own trouble, in refusals, inspections and logs; none belongs to one system alone. */

import type { Predicate } from "../../../core/diagnosis/claims/mod.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Brief } from "./mechanism.ts";
import { steppedOf } from "./series-reading.ts";

/** Words of one kind of trouble. */
export interface OwnWords {
  /** As an invariant passes them on. */
  readonly words: readonly string[];
  /** As they stand in an error text or a log line. */
  readonly text: RegExp;
  /** As counters are named that count it. @default none are */
  readonly counter?: RegExp;
}

/** Memory, disk, descriptors or connections are used up. */
export const EXHAUSTED: OwnWords = {
  words: ["OOM", "ENOMEM", "ENOSPC", "EMFILE", "ENFILE", "EDQUOT", "MISCONF", "max-clients"],
  text: /(?<![a-z])(?:oom|enomem|enospc|emfile|enfile|edquot)(?![a-z])|out of memory|cannot allocate memory|memory usage|no space left|disk (?:is )?full|too many open files/i,
  counter: /evict|(?<![a-z])oom(?![a-z])|rejected_connections|no_space/i,
};

/** Who asks lacks the credentials or the rights for it. */
export const FORBIDDEN: OwnWords = {
  words: ["NOPERM", "NOAUTH", "WRONGPASS", "DENIED", "EACCES", "EPERM"],
  text: /(?<![a-z])(?:noperm|noauth|wrongpass|eacces|eperm)(?![a-z])|(?:permission|access) denied|no permissions/i,
};

/** One piece of work keeps it from all others. */
export const OCCUPIED: OwnWords = {
  words: ["BUSY", "EBUSY"],
  text: /(?<![a-z])e?busy(?![a-z])|still in execution/i,
};

/** It has another role than the one that those who use it need. */
export const WRONG_ROLE: OwnWords = {
  words: ["READONLY", "MASTERDOWN"],
  text: /(?<![a-z])readonly(?![a-z])|read.only replica/i,
};

/** What it held was thrown away because somebody asked for it, or it says that it is gone. */
export const ERASED: OwnWords = {
  words: [],
  text: /(?<![a-z])flush(?:all|db)(?![a-z])|(?<![a-z])truncated?(?![a-z])|data loss|lost data/i,
  counter: /flush|truncat|erase|(?<![a-z])lost(?![a-z])/i,
};

/** Milliseconds before the first violation from which log lines count: the cause is logged before its effect is seen. */
const LOGGED_BEFORE_MS = 5000;

/** The claims that a component named such trouble itself: in what is said of it, in an inspection, in its log. */
export function ownWordClaims(component: ComponentId, words: OwnWords, brief: Brief): readonly Predicate[] {
  return [
    ...judged(component, words, brief),
    ...inspected(component, words, brief),
    ...logged(component, words, brief),
    ...counted(component, words, brief),
  ].slice(0, MOST_CLAIMS);
}

const MOST_CLAIMS = 4;

interface Told {
  readonly judgement: Brief["evidence"]["now"]["judgements"][number];
  readonly word: string;
}

function judged(component: ComponentId, { words }: OwnWords, brief: Brief): readonly Predicate[] {
  return told(component, brief)
    .filter(({ word }) => words.includes(word))
    .map(({ judgement: { invariant, entity, reason } }) => ({
      kind: "verdict-is",
      invariant,
      entity,
      verdict: "violated",
      ...(reason !== undefined && { reason }),
    }));
}

/** The words that those who ask a component were told, with the judgements that pass them on. */
function told(component: ComponentId, { evidence: { now }, case: given }: Brief): readonly Told[] {
  const wordOf = new Map(given.judgements.map(({ invariant, entity, word }) => [`${invariant} ${entity}`, word]));
  return now.judgements.flatMap((judgement) => {
    const { on, verdict, invariant, entity } = judgement;
    const word = on === component && verdict === "violated" ? wordOf.get(`${invariant} ${entity}`) : undefined;
    return word === undefined ? [] : [{ judgement, word }];
  });
}

/** A counter that is named after the word, and that rises since the trouble began. */
function counted(component: ComponentId, { counter }: OwnWords, brief: Brief): readonly Predicate[] {
  if (!counter) return [];
  return steppedOf(
    component,
    { change: "rose", signals: ["error"], units: ["1"], kind: "counter", named: counter },
    brief,
  );
}

function inspected(component: ComponentId, { text, words }: OwnWords, brief: Brief): readonly Predicate[] {
  const shown = (brief.evidence.inspected ?? []).filter((one) => one.component === component);
  // A counter does not say who met the error: others may have, and so may who inspects.
  const others = told(component, brief);
  const isOther = others.length > 0 && !others.some(({ word }) => words.includes(word));
  return shown.flatMap(({ id: inspection, value, difference }) => {
    const claim = { kind: "inspected", component, inspection } as const;
    // A counter that is named after the word, and that has risen since all was well.
    const counted = isOther ? undefined : difference?.changes.find(({ path }) => text.test(path));
    return [
      ...(typeof value === "string" && text.test(value)
        ? [{ ...claim, path: "", comparison: "is", value } as const]
        : []),
      ...(counted ? [{ ...claim, path: counted.path, comparison: "changed" } as const] : []),
    ];
  });
}

function logged(component: ComponentId, { text }: OwnWords, { evidence, case: given }: Brief): readonly Predicate[] {
  const sinceMs = given.incident.beganAtMs - LOGGED_BEFORE_MS;
  const lines = (evidence.logs ?? []).filter((log) => log.component === component).flatMap(({ events }) => events);
  const line = lines.find(({ atMs, level, message }) => atMs >= sinceMs && LOUD.has(level) && text.test(message));
  const contains = line && text.exec(line.message)?.[0];
  return contains === undefined ? [] : [{ kind: "logged", component, contains, sinceMs, count: 1 }];
}

const LOUD: ReadonlySet<string> = new Set(["warn", "error", "fatal"]);
