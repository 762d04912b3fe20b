/** The closed list of claims: what is not in it cannot be said. Adding one is a file beside this one and a line in each list. */

import * as v from "valibot";
import type { PointsQuestion } from "../../system/series.ts";
import { changed } from "./changed.ts";
import { inspected } from "./inspected.ts";
import type { Evaluation, Evidence } from "./kind.ts";
import { level } from "./level.ts";
import { linkAnswers, linkBroken, linkWorks } from "./links.ts";
import { logged } from "./logged.ts";
import { moved } from "./moved.ts";
import { order } from "./order.ts";
import { stateIs } from "./state-is.ts";
import { stepped } from "./stepped.ts";
import { verdictIs } from "./verdict-is.ts";

export type { ComponentLog, Evaluation, Evidence } from "./kind.ts";

const KINDS = [
  stateIs,
  linkBroken,
  linkWorks,
  linkAnswers,
  verdictIs,
  changed,
  order,
  level,
  moved,
  stepped,
  logged,
  inspected,
] as const;

/** One typed statement about a system. */
export const Predicate = v.variant("kind", [
  stateIs.schema,
  linkBroken.schema,
  linkWorks.schema,
  linkAnswers.schema,
  verdictIs.schema,
  changed.schema,
  order.schema,
  level.schema,
  moved.schema,
  stepped.schema,
  logged.schema,
  inspected.schema,
]);

/** One typed statement about a system. */
export type Predicate = v.InferOutput<typeof Predicate>;

/** A predicate and whether it is brought forward for or against a hypothesis. */
export const Claim = v.object({
  side: v.picklist(["for", "against"]),
  predicate: Predicate,
  /** Ids of the findings that it rests on. */
  cites: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
});

/** A predicate and whether it is brought forward for or against a hypothesis. */
export type Claim = v.InferOutput<typeof Claim>;

/** Whether a predicate is so; what the evidence does not show is `unknown`, never false. */
export function evaluateClaim(predicate: Predicate, evidence: Evidence): Evaluation {
  return kindOf(predicate).evaluate(predicate, evidence);
}

/** Whether a predicate speaks of something wrong that lasts, so that it must be gone once the cause is fixed. */
export function isPersistent(predicate: Predicate): boolean {
  return kindOf(predicate).persists(predicate);
}

/** Whether a healthy component can satisfy a predicate, too, so that it shows trouble only where it was false before. */
export function isNeutral(predicate: Predicate): boolean {
  return kindOf(predicate).neutral?.(predicate) ?? false;
}

/** The past that evaluating a predicate needs, up to a time. */
export function questionsOf(predicate: Predicate, endMs: number): readonly PointsQuestion[] {
  return kindOf(predicate).questions?.(predicate, endMs) ?? [];
}

/** What is claimed, as against what was found. */
export function wordsOf(predicate: Predicate): string {
  return kindOf(predicate).words(predicate);
}

interface AnyKind {
  evaluate(predicate: Predicate, evidence: Evidence): Evaluation;
  persists(predicate: Predicate): boolean;
  neutral?(predicate: Predicate): boolean;
  questions?(predicate: Predicate, endMs: number): readonly PointsQuestion[];
  words(predicate: Predicate): string;
}

const BY_KIND: ReadonlyMap<string, AnyKind> = new Map(
  KINDS.map((kind) => [kind.schema.entries.kind.literal, kind] as const),
);

function kindOf({ kind }: Predicate): AnyKind {
  const found = BY_KIND.get(kind);
  if (!found) throw new RangeError(`Cannot find claim "${kind}", expected one of ${[...BY_KIND.keys()].join(", ")}`);
  return found;
}
