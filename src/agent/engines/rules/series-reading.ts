/** What mechanisms read off series: which figures of a component left their usual range since the trouble began. */

import { evaluateClaim, type Predicate } from "../../../core/diagnosis/claims/mod.ts";
import type { Signal } from "../../../core/system/picture.ts";
import { dependenciesIn, reachedFrom } from "../../../core/system/places.ts";
import type { Point } from "../../../core/system/series.ts";
import { medianOf } from "../../../core/system/series-math.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Case } from "../../case/case.ts";
import type { Brief } from "./mechanism.ts";
import { dependenciesOf, isSource, symptomClaims } from "./reading.ts";

/** Which series of a component are meant. */
export interface Wanted {
  readonly signals: readonly Signal[];
  /** Base units. */
  readonly units: readonly string[];
  /** @default up */
  readonly direction?: "up" | "down";
  /** What the name of the series says. @default anything */
  readonly named?: RegExp;
  /** @default any */
  readonly kind?: "counter";
}

/** Requests per second. */
export const RATE: Wanted = { signals: ["traffic"], units: ["1/s"] };
/** Share of the requests that one thing takes. */
export const SHARE: Wanted = { signals: ["traffic"], units: ["ratio"] };
/** How long a component waits for what it needs. */
export const WAITING: Wanted = { signals: ["network"], units: ["seconds"] };
/** The same of most requests, and not of the slowest, by how such figures are named. */
export const USUAL_WAIT: Wanted = { ...WAITING, named: /(?<![a-z\d])(?:p50|median|mean|average)(?![a-z\d])/i };
/** The same of the slowest requests alone. */
export const LONGEST_WAIT: Wanted = { ...WAITING, named: /(?<![a-z\d])(?:p9\d+|max|maximum)(?![a-z\d])/i };
/** How long a component takes to answer a request. */
export const OWN_TIME: Wanted = { signals: ["latency"], units: ["seconds"] };
/** Requests that have come to a component and wait at it. */
export const QUEUED: Wanted = { signals: ["latency"], units: ["1"] };
/** How long it takes to be served by what it has to itself, such as a disk. */
export const DEVICE: Wanted = { signals: ["io"], units: ["seconds"] };
/** How late and how busy a component is itself. */
export const LATE: Wanted = { signals: ["cpu"], units: ["ratio"] };
/** How much it works. */
export const WORK: Wanted = { signals: ["cpu", "io"], units: ["seconds", "ratio"] };
/** How long a component takes itself, and how busy it is. */
export const BUSY: Wanted = { signals: ["latency", "cpu", "io"], units: ["seconds", "ratio"] };

/** The claims that these series of a component moved, whether they did or not. */
export function movesOf(component: ComponentId, wanted: Wanted, { case: given }: Brief): readonly Predicate[] {
  return rowsOf(component, wanted, given).map(({ metric, labels, kind }) => ({
    kind: "moved",
    metric,
    labels,
    direction: wanted.direction ?? "up",
    sinceMs: given.incident.beganAtMs,
    ...(kind === "counter" && { perSecond: true }),
  }));
}

/** Those of the claims that are true. */
export function movedOf(component: ComponentId, wanted: Wanted, brief: Brief): readonly Predicate[] {
  return movesOf(component, wanted, brief).filter((claim) => evaluateClaim(claim, brief.evidence).outcome === "true");
}

/** What the series of a claim has shown since the trouble began. */
export function readingsOf(claim: Predicate, brief: Brief): readonly number[] {
  return pointsSince(claim, brief).map(({ value }) => value);
}

/** The same with their times. */
export function pointsSince(claim: Predicate, brief: Brief): readonly Point[] {
  if (claim.kind !== "moved") return [];
  const { atMs: nowMs } = brief.evidence.now.picture;
  return pointsOf(claim, brief).filter(({ atMs }) => atMs >= claim.sinceMs && atMs <= nowMs);
}

function pointsOf(
  { metric, labels }: Extract<Predicate, { readonly kind: "moved" }>,
  { evidence: { series } }: Brief,
): readonly Point[] {
  return series.find((one) => one.metric === metric && Bun.deepEquals(one.labels, labels))?.points ?? [];
}

/** The true claims that series of a component step down or up again and again since shortly before the trouble. */
export function steppedOf(
  component: ComponentId,
  { change, ...wanted }: Wanted & { readonly change: "fell" | "rose" },
  { case: given, evidence }: Brief,
): readonly Predicate[] {
  return rowsOf(component, wanted, given).flatMap(({ metric, labels }) => {
    const claims = STEPPED_BEFORE_MS.map((beforeMs) => {
      return { kind: "stepped", metric, labels, change, sinceMs: given.incident.beganAtMs - beforeMs } as const;
    });
    const claim = claims.find((one) => evaluateClaim(one, evidence).outcome !== "unknown");
    return claim && evaluateClaim(claim, evidence).outcome === "true" ? [claim] : [];
  });
}

/** Milliseconds before the first violation from which steps count, since a loss is noticed with a delay; less if the recorded past is short. */
const STEPPED_BEFORE_MS = [30_000, 10_000, 0] as const;

/** Those who take over, of whom as many are named. */
const MOST_TAKERS = 3;

/**
 * The true claims that more is asked of those beside a component, which are needed by the same. Where those who ask send more
 * in all, it is not for what this one does not serve.
 */
export function takenOverFrom(component: ComponentId, brief: Brief): readonly Predicate[] {
  const { of, on } = dependenciesIn(brief.case.topology.links);
  if ([...reachedFrom(component, on)].some((id) => movedOf(id, RATE, brief).length > 0)) return [];
  const beside = new Set((on.get(component) ?? []).flatMap((id) => of.get(id) ?? []));
  beside.delete(component);
  const more = [...beside].flatMap((id) => movedOf(id, RATE, brief));
  return more.slice(0, MOST_TAKERS).map((claim) => (claim.kind === "moved" ? { ...claim, isEffect: true } : claim));
}

/** Largest share of the peers that may receive more requests if the load is skewed to one key. */
const FEW = 0.5;

/** The claims that, of all that a component asks more, only a few get it, and what an invariant says of their load. */
export function unevenArrivals(component: ComponentId, brief: Brief): readonly Predicate[] {
  if (movedOf(component, RATE, brief).length === 0) return [];
  const asked = dependenciesOf(component, brief).filter((id) => movesOf(id, RATE, brief).length > 0);
  const more = asked.filter((id) => movedOf(id, RATE, brief).length > 0);
  if (more.length === 0 || more.length >= asked.length * FEW) return [];
  return more.flatMap((id) => [...movedOf(id, RATE, brief), ...symptomClaims(id, "load", brief)]);
}

/**
 * The claims that more is asked of a component, read where it is asked: at the clients above it, else at those who need it,
 * else at itself. What a component counts of its own work also rises by what is wrong with it, and refutes nothing.
 */
export function demandsOn(component: ComponentId, brief: Brief): readonly Predicate[] {
  const { on } = dependenciesIn(brief.case.topology.links);
  const above = [...reachedFrom(component, on)];
  const ratesOf = (ids: readonly ComponentId[]): readonly Predicate[] => ids.flatMap((id) => movesOf(id, RATE, brief));
  const places = [above.filter((id) => isSource(id, brief)), on.get(component) ?? [], [component]];
  return places.map(ratesOf).find((rates) => rates.length > 0) ?? [];
}

/** The same for what shows by figures alone: where nobody counts requests, it stays open whether there are more. */
export function demandsOrUnread(component: ComponentId, brief: Brief): readonly Predicate[] {
  const known = demandsOn(component, brief);
  if (known.length > 0) return known;
  const { beganAtMs: sinceMs } = brief.case.incident;
  return [{ kind: "moved", metric: REQUESTS, labels: { component }, direction: "up", sinceMs }];
}

/** Milliseconds after something was used up by which the demand that used it up has risen. */
const LED_MS = 5000;

/**
 * The same for what was used up at a moment: demand that rose only afterwards, as retries do, has not used it up, and is told
 * as it was then.
 */
export function demandsUntil(usedUpMs: number, component: ComponentId, brief: Brief): readonly Predicate[] {
  return demandsOrUnread(component, brief).map((claim) => {
    if (claim.kind !== "moved") return claim;
    const early = { ...claim, untilMs: usedUpMs + LED_MS };
    return evaluateClaim(early, brief.evidence).outcome === "false" && hasNotGrown(early, brief) ? early : claim;
  });
}

function hasNotGrown(claim: Extract<Predicate, { readonly kind: "moved" }>, brief: Brief): boolean {
  const { sinceMs, untilMs = Number.POSITIVE_INFINITY } = claim;
  const points = pointsOf(claim, brief);
  const valuesIn = (fromMs: number, toMs: number): readonly number[] =>
    points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ value }) => value);
  const [was, is] = [valuesIn(Number.NEGATIVE_INFINITY, sinceMs - 1), valuesIn(sinceMs, untilMs)].map(medianOf);
  return was !== undefined && is !== undefined && is <= was;
}

/** What a claim calls the rate that nobody reads. */
const REQUESTS = "requests_per_second";

function rowsOf(component: ComponentId, wanted: Wanted, { series }: Case): Case["series"]["rows"] {
  const { signals, units, named, kind: only } = wanted;
  return series.rows.filter(
    ({ metric, labels, signal, unit, kind }) =>
      labels["component"] === component &&
      signals.includes(signal) &&
      units.includes(unit) &&
      (named?.test(metric) ?? true) &&
      (only === undefined || kind === only),
  );
}
