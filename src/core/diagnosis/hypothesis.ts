/** One possible root cause with its claims; code weighs it, no matter who brought it forward. */

import * as v from "valibot";
import { type ComponentId, IdText } from "../words/ids.ts";
import { MECHANISMS, type Mechanism } from "../words/mechanism.ts";
import { Claim, type Evidence, evaluateClaim, isNeutral, isPersistent, type Predicate } from "./claims/mod.ts";

/** A claim as code found it; one that is false stays, and is shown as ruled out. */
export const CheckedClaim = v.object({
  ...Claim.entries,
  outcome: v.picklist(["true", "false", "unknown"]),
  /** What the evidence showed, rendered by code. */
  figure: v.string(),
  /** Speaks of something wrong that lasts and was not so before: must be gone once the cause is fixed. */
  persistent: v.boolean(),
});

/** A claim as code found it; one that is false stays, and is shown as ruled out. */
export type CheckedClaim = v.InferOutput<typeof CheckedClaim>;

/** How far claims carry a cause. */
export const CAUSE_VERDICTS = ["confirmed", "likely", "inconclusive"] as const;

/** How far claims carry a cause. */
export type CauseVerdict = (typeof CAUSE_VERDICTS)[number];

/** A component and how it would have caused the trouble, weighed. */
export const Hypothesis = v.object({
  component: IdText,
  mechanism: v.picklist(MECHANISMS),
  summary: v.string(),
  claims: v.pipe(v.array(CheckedClaim), v.readonly()),
  /** Computed from the claims. */
  verdict: v.picklist(CAUSE_VERDICTS),
  /** Which engine brought it forward, where several worked at one desk. */
  by: v.exactOptional(v.string()),
});

/** A component and how it would have caused the trouble, weighed. */
export type Hypothesis = v.InferOutput<typeof Hypothesis>;

/** A possible cause as an engine brings it forward. */
export interface Proposition {
  readonly component: ComponentId;
  readonly mechanism: Mechanism;
  readonly summary: string;
  readonly claims: readonly Claim[];
  readonly by?: string;
}

/** Evaluates every claim and computes the verdict from what came out. */
export function weigh(proposition: Proposition, evidence: Evidence): Hypothesis {
  const claims = proposition.claims.map((claim) => checkClaim(claim, evidence));
  return { ...proposition, claims, verdict: verdictOf(proposition, claims) };
}

/** The persistent claims of a cause that a fresh look still shows, or cannot show to be gone. */
export function remainingClaims(cause: Hypothesis, evidence: Evidence): readonly CheckedClaim[] {
  return cause.claims
    .filter(({ side, persistent }) => side === "for" && persistent)
    .map((claim) => ({ ...claim, ...evaluateClaim(claim.predicate, evidence) }))
    .filter(({ outcome }) => outcome !== "false");
}

/**
 * What speaks against a cause that was found before, as a figure: a claim against it that is true now, or that of all by which
 * its mechanism showed and would last nothing is left. `undefined` where nothing does, or it cannot be seen.
 */
export function contradictionOf({ component, mechanism, claims }: Hypothesis, evidence: Evidence): string | undefined {
  const now = claims.map((claim) => ({ ...claim, is: evaluateClaim(claim.predicate, evidence) }));
  const refuting = now.find(
    ({ side, outcome, is }) => side === "against" && outcome !== "true" && is.outcome === "true",
  );
  if (refuting) return refuting.is.figure;
  const signs = now.filter(
    ({ side, persistent, predicate }) => side === "for" && persistent && SIGNS[mechanism](predicate, component),
  );
  return signs.every(({ is }) => is.outcome === "false") ? signs.at(0)?.is.figure : undefined;
}

/** Whether a claim turned out false; it is shown, and carries nothing. */
export function isRuledOut({ outcome }: CheckedClaim): boolean {
  return outcome === "false";
}

/**
 * Of several causes that are confirmed each by itself, those that stay so: a cause of which another that is carried too,
 * of another mechanism, makes every true claim as well is no more than likely. Elimination alone confirms nothing.
 */
export function distinguish<One extends Hypothesis>(hypotheses: readonly One[]): readonly One[] {
  const carried = hypotheses.filter(({ verdict }) => verdict !== "inconclusive");
  const brought = new Map(carried.map((one) => [one, trueClaimsOf(one)]));
  return hypotheses.map((one) => {
    if (one.verdict !== "confirmed") return one;
    const rivals = carried.filter(({ mechanism }) => mechanism !== one.mechanism).map((rival) => brought.get(rival));
    const hasOwn = [...trueClaimsOf(one)].some((claim) => !rivals.some((claims) => claims?.has(claim)));
    return hasOwn ? one : { ...one, verdict: "likely" };
  });
}

function trueClaimsOf({ claims }: Hypothesis): ReadonlySet<string> {
  const carried = claims.filter(({ side, outcome }) => side === "for" && outcome === "true");
  return new Set(carried.map(({ predicate }) => JSON.stringify(predicate)));
}

function checkClaim(claim: Claim, evidence: Evidence): CheckedClaim {
  const evaluation = evaluateClaim(claim.predicate, evidence);
  const persistent = evaluation.outcome === "true" && isPersistent(claim.predicate) && isNew(claim, evidence);
  return { ...claim, ...evaluation, persistent };
}

/** What a healthy component can satisfy must have been false when all was well; anything else must not have been true. */
function isNew({ predicate }: Claim, evidence: Evidence): boolean {
  const { before } = evidence;
  const earlier = before && evaluateClaim(predicate, { ...evidence, now: before }).outcome;
  return isNeutral(predicate) ? earlier === "false" : earlier !== "true";
}

/**
 * A true claim against a cause sinks it. Confirmed takes two true claims, one of them of the kind by which the
 * mechanism shows on that component, none that was ruled out, and an answer to every claim against it.
 */
function verdictOf({ component, mechanism }: Proposition, claims: readonly CheckedClaim[]): CauseVerdict {
  if (claims.some(({ side, outcome }) => side === "against" && outcome === "true")) return "inconclusive";
  const brought = claims.filter(({ side }) => side === "for");
  const carried = brought.filter(({ outcome }) => outcome === "true");
  const shows = carried.some(({ predicate }) => SIGNS[mechanism](predicate, component));
  const isOpen = claims.some(({ side, outcome }) => side === "against" && outcome === "unknown");
  if (carried.length >= 2 && shows && !isOpen && !brought.some(isRuledOut)) return "confirmed";
  return carried.length > 0 && shows ? "likely" : "inconclusive";
}

type Sign = (predicate: Predicate, component: ComponentId) => boolean;

/** By which claims each mechanism shows; without one of them a cause is no more than a guess. */
const SIGNS: Readonly<Record<Mechanism, Sign>> = {
  crash: anyOf(
    stateOf("state", "down"),
    stateOf("process.state", "exited"),
    changeOf("went-down"),
    changeOf("restarted"),
  ),
  hang: anyOf(
    stateOf("probe", "timed-out"),
    stateOf("process.state", "hung"),
    aVerdict("stalled"),
    aLevel,
    anErrorOfItself,
    aSilenceThatEnded,
  ),
  partition: anyOf(linkFrom, linkTo),
  "dependency-loss": linkFrom,
  saturation: aLevel,
  "slow-dependency": anyOf(aLevel, aLateAnswer),
  "load-surge": aLevel,
  "skewed-load": anyOf(aLevel, aVerdict()),
  "configuration-change": anyOf(
    stateOf("configHash"),
    stateOf("version"),
    aMode,
    changeOf("reconfigured"),
    changeOf("upgraded"),
    aVerdictOfItself,
    ownWord,
  ),
  "clock-skew": stateOf("clockOffsetMs"),
  "state-loss": anyOf(changeOf("restarted"), aLevel, ownWord),
  "resource-exhaustion": anyOf(aLevel, aVerdict(), ownWord),
  "refused-access": aVerdict(),
  "wrong-identity": aVerdict(),
};

function anyOf(...signs: readonly Sign[]): Sign {
  return (predicate, component) => signs.some((sign) => sign(predicate, component));
}

/** A figure of the component itself; of a path with a value that means trouble, that value. */
function stateOf(path: string, value?: string): Sign {
  return (predicate, component) =>
    predicate.kind === "state-is" &&
    predicate.component === component &&
    predicate.path === path &&
    (value === undefined || (predicate.comparison === "is" && predicate.value === value));
}

function changeOf(change: string): Sign {
  return (predicate, component) =>
    predicate.kind === "changed" && predicate.component === component && predicate.change === change;
}

function linkFrom(predicate: Predicate, component: ComponentId): boolean {
  return predicate.kind === "link-broken" && predicate.from === component;
}

function linkTo(predicate: Predicate, component: ComponentId): boolean {
  return predicate.kind === "link-broken" && predicate.to === component;
}

/** That answers come late to it, or from it. */
function aLateAnswer(predicate: Predicate, component: ComponentId): boolean {
  return (
    predicate.kind === "link-answers" &&
    predicate.come === "late" &&
    (predicate.from === component || predicate.to === component)
  );
}

/** A figure of the accused itself: that of another shows nothing of it. */
function aLevel(predicate: Predicate, component: ComponentId): boolean {
  const isFigure = predicate.kind === "level" || predicate.kind === "moved" || predicate.kind === "stepped";
  return isFigure && predicate.labels["component"] === component;
}

/** What an invariant says; where a reason is asked for, for that reason. */
function aVerdict(reason?: string): Sign {
  return (predicate) => predicate.kind === "verdict-is" && (reason === undefined || predicate.reason === reason);
}

/** What an invariant says of the component as a whole, with the reason. */
function aVerdictOfItself(predicate: Predicate, component: ComponentId): boolean {
  return predicate.kind === "verdict-is" && predicate.entity === component && predicate.reason !== undefined;
}

/** That it answers everything with an error. */
function anErrorOfItself(predicate: Predicate, component: ComponentId): boolean {
  return (
    aVerdictOfItself(predicate, component) && predicate.kind === "verdict-is" && predicate.reason === "server-error"
  );
}

/** That it stopped answering and answered again. */
function aSilenceThatEnded(predicate: Predicate, component: ComponentId): boolean {
  if (predicate.kind !== "order") return false;
  const { earlier, later } = predicate;
  return [earlier.of, later.of].every((of) => of === component) && later.event === "came-up";
}

/** A mode that the component reports of itself. */
function aMode(predicate: Predicate, component: ComponentId): boolean {
  return predicate.kind === "state-is" && predicate.component === component && predicate.path.startsWith("labels.");
}

/** What it says itself, when it is inspected or in its log. */
function ownWord(predicate: Predicate, component: ComponentId): boolean {
  return (predicate.kind === "inspected" || predicate.kind === "logged") && predicate.component === component;
}
