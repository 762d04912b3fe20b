/** Where two engines agree on a cause, and which claims decide between them where they do not. */

import type { SecondOpinion } from "./diagnosis.ts";
import type { CheckedClaim, Hypothesis } from "./hypothesis.ts";

/** How far two causes are the same. */
export type Agreement = "same" | "same-component" | "other-cause" | "only-first" | "only-second" | "neither";

/** Two answers held against each other. */
export interface Compared {
  readonly agreement: Agreement;
  /** True claims that both make for their cause. */
  readonly shared: readonly CheckedClaim[];
  /** Claims that only the first makes and that are decided: true ones for its cause, and those that sink the other. */
  readonly forFirst: readonly CheckedClaim[];
  /** The same of the second. */
  readonly forSecond: readonly CheckedClaim[];
}

/** Holds the cause of a conclusion against a second opinion. */
export function compareCauses(first: Hypothesis | undefined, { cause: second }: SecondOpinion): Compared {
  const [ours, theirs] = [carrying(first), carrying(second)];
  const named = new Map(theirs.map((claim) => [nameOf(claim), claim]));
  const known = new Set(ours.map(nameOf));
  const [oursSunk, theirsSunk] = [sinking(first), sinking(second)];
  return {
    agreement: agreementOf(first, second),
    shared: ours.filter((claim) => named.has(nameOf(claim))),
    forFirst: [...ours.filter((claim) => !named.has(nameOf(claim))), ...without(theirsSunk, oursSunk)],
    forSecond: [...theirs.filter((claim) => !known.has(nameOf(claim))), ...without(oursSunk, theirsSunk)],
  };
}

function agreementOf(first: Hypothesis | undefined, second: Hypothesis | undefined): Agreement {
  if (!first) return second ? "only-second" : "neither";
  if (!second) return "only-first";
  if (first.component !== second.component) return "other-cause";
  return first.mechanism === second.mechanism ? "same" : "same-component";
}

function carrying(cause: Hypothesis | undefined): readonly CheckedClaim[] {
  return (cause?.claims ?? []).filter(({ side, outcome }) => side === "for" && outcome === "true");
}

/** Those that the others do not have: what sinks both decides nothing. */
function without(claims: readonly CheckedClaim[], others: readonly CheckedClaim[]): readonly CheckedClaim[] {
  const known = new Set(others.map(nameOf));
  return claims.filter((claim) => !known.has(nameOf(claim)));
}

/** What speaks against a cause: a true claim against it, or a claim for it that the data ruled out. */
function sinking(cause: Hypothesis | undefined): readonly CheckedClaim[] {
  return (cause?.claims ?? []).filter(({ side, outcome }) => outcome === (side === "for" ? "false" : "true"));
}

/** Identifies what a claim says, independent of the window over which an engine asks it. */
function nameOf({ predicate }: CheckedClaim): string {
  const fields = Object.entries(predicate).filter(([name]) => !MANNER.has(name));
  return JSON.stringify(fields.toSorted(byName).map(([name, value]) => [name, sorted(value)]));
}

/** Fields that say how a claim is looked at, not what it claims. */
const MANNER: ReadonlySet<string> = new Set([
  "sinceMs",
  "windowMs",
  "baselineFromMs",
  "baselineToMs",
  "count",
  "factor",
  "isEffect",
]);

/** Labels in one order, in which each engine may name them. */
function sorted(value: unknown): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).toSorted(byName) : value;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
