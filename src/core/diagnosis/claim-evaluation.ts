/** Evaluates predicates on evidence: the one place where a statement about a system becomes true, false or unknown. */

import type { Component } from "../system/picture.ts";
import type { Point, SeriesWindow } from "../system/series.ts";
import type { Look, TimelineEvent } from "../system/timeline.ts";
import type { Predicate, PredicateOf } from "./claim.ts";

/** All that a predicate may be evaluated on. */
export interface Evidence {
  readonly now: Look;
  /** The last look before the trouble, where there is one. */
  readonly before?: Look;
  readonly timeline: readonly TimelineEvent[];
  readonly series: readonly SeriesWindow[];
}

/** What came out, with the figure it rests on. */
export interface Evaluation {
  readonly outcome: "true" | "false" | "unknown";
  /** Rendered by code from the evidence, never by an engine. */
  readonly figure: string;
}

/** Fewest points from which a level is read. */
const MINIMUM_POINTS = 3;

/** Whether a predicate is so; what the evidence does not show is `unknown`, never false. */
export function evaluateClaim(predicate: Predicate, evidence: Evidence): Evaluation {
  switch (predicate.kind) {
    case "state-is":
      return stateIs(predicate, evidence);
    case "link-broken":
      return linkIs("down", predicate, evidence);
    case "link-works":
      return linkIs("up", predicate, evidence);
    case "verdict-is":
      return verdictIs(predicate, evidence);
    case "changed":
      return changed(predicate, evidence);
    case "order":
      return order(predicate, evidence);
    case "level":
      return level(predicate, evidence);
  }
}

function stateIs({ component, path, comparison, value }: PredicateOf<"state-is">, { now }: Evidence): Evaluation {
  const part = find(now, component);
  if (!part) return unknown(`${component} is not in the picture`);
  const actual = read(part, path);
  if (actual === undefined) return unknown(`${component} shows no ${path}`);
  const figure = `${component} ${path} is ${JSON.stringify(actual)}`;
  // A state that could not be seen is neither the one nor the other.
  if (path === "state" && actual === "unknown" && value !== "unknown") return unknown(figure);
  return decided(compare(actual, comparison, value), figure);
}

/** Of several links between the same two, one that is down speaks for all. */
function linkIs(
  wanted: "up" | "down",
  { from, to }: PredicateOf<"link-broken" | "link-works">,
  { now }: Evidence,
): Evaluation {
  const links = now.picture.links.filter((link) => link.from === from && link.to === to);
  const figure = `link from ${from} to ${to} is ${links.map(({ state }) => state).join(", ") || "not in the picture"}`;
  if (links.some(({ state }) => state === "down")) return decided(wanted === "down", figure);
  return links.some(({ state }) => state === "up") ? decided(wanted === "up", figure) : unknown(figure);
}

function verdictIs({ invariant, entity, verdict }: PredicateOf<"verdict-is">, { now }: Evidence): Evaluation {
  const said = now.judgements.find((judgement) => judgement.invariant === invariant && judgement.entity === entity);
  if (!said) return unknown(`${invariant} says nothing of ${entity}`);
  const figure = `${invariant} says ${said.verdict} of ${entity}: ${said.summary}`;
  if (said.verdict === "unknown" && verdict !== "unknown") return unknown(figure);
  return decided(said.verdict === verdict, figure);
}

function changed({ component, change }: PredicateOf<"changed">, evidence: Evidence): Evaluation {
  const sinceMs = evidence.before?.picture.atMs ?? Number.NEGATIVE_INFINITY;
  const event = evidence.timeline.find(
    (entry) => entry.of === component && entry.event === change && entry.atMs > sinceMs,
  );
  if (event) return decided(true, `${event.summary} at ${iso(event.atMs)}`);
  const before = evidence.before && find(evidence.before, component);
  const now = find(evidence.now, component);
  if (!before || !now) return unknown(`${component} was not seen both before and now`);
  const path = { "went-down": "state", restarted: "startedAtMs", reconfigured: "configHash", upgraded: "version" }[
    change
  ];
  const [was, is] = [read(before, path), read(now, path)];
  if (was === undefined || is === undefined) return unknown(`${component} shows no ${path} before or now`);
  const figure = `${component} ${path} was ${JSON.stringify(was)}, is ${JSON.stringify(is)}`;
  if (path !== "state") return decided(was !== is, figure);
  return is === "unknown" ? unknown(figure) : decided(was !== "down" && is === "down", figure);
}

function order({ earlier, later }: PredicateOf<"order">, { timeline }: Evidence): Evaluation {
  const [a, b] = [earlier, later].map((wanted) => timeline.find((event) => isEvent(event, wanted)));
  const missing = a ? later : earlier;
  if (!a || !b) return unknown(`No ${missing.event} of ${missing.of} was seen`);
  const figure = `${a.summary} at ${iso(a.atMs)}, ${b.summary} at ${iso(b.atMs)}`;
  // Seen by the same look: the evidence does not tell which came first.
  return a.atMs === b.atMs ? unknown(figure) : decided(a.atMs < b.atMs, figure);
}

function level(predicate: PredicateOf<"level">, { now, series }: Evidence): Evaluation {
  const { metric, labels, windowMs, baselineFromMs, baselineToMs, comparison, factor } = predicate;
  const points = series.find((window) => window.metric === metric && matches(window.labels, labels))?.points ?? [];
  const endMs = now.picture.atMs;
  const baseline = medianOf(points.filter(({ atMs }) => atMs >= baselineFromMs && atMs <= baselineToMs));
  const current = medianOf(points.filter(({ atMs }) => atMs > endMs - windowMs && atMs <= endMs));
  if (baseline === undefined || current === undefined) return unknown(`${metric} has too few points to compare`);
  const figure = `${metric} median is ${current}, was ${baseline} in the baseline`;
  return decided(comparison === "above" ? current > baseline * factor : current < baseline * factor, figure);
}

function find({ picture }: Look, id: string): Component | undefined {
  return picture.components.find((component) => component.id === id);
}

function read(component: Component, path: string): unknown {
  return path.startsWith("labels.")
    ? component.labels?.[path.slice("labels.".length)]
    : new Map<string, unknown>(Object.entries(component)).get(path);
}

function compare(actual: unknown, comparison: PredicateOf<"state-is">["comparison"], value: unknown): boolean {
  if (comparison === "is") return actual === value;
  if (comparison === "is-not") return actual !== value;
  if (typeof actual !== "number" || typeof value !== "number") return false;
  return comparison === "above" ? actual > value : actual < value;
}

function isEvent(event: TimelineEvent, wanted: PredicateOf<"order">["earlier"]): boolean {
  return (
    event.event === wanted.event &&
    event.of === wanted.of &&
    (wanted.to === undefined || event.to === wanted.to) &&
    (wanted.invariant === undefined || event.invariant === wanted.invariant)
  );
}

function matches(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function medianOf(points: readonly Point[]): number | undefined {
  if (points.length < MINIMUM_POINTS) return undefined;
  const values = points.map(({ value }) => value).toSorted((a, b) => a - b);
  const middle = values.length >> 1;
  const [low = 0, high = 0] = values.length % 2 ? [values[middle], values[middle]] : values.slice(middle - 1);
  return (low + high) / 2;
}

function decided(so: boolean, figure: string): Evaluation {
  return { outcome: so ? "true" : "false", figure };
}

function unknown(figure: string): Evaluation {
  return { outcome: "unknown", figure };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
