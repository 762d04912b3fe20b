/** What happened when, derived from consecutive checkups by code, so that order can be claimed and checked. */

import * as v from "valibot";
import type { InvariantJudgement } from "./checkup.ts";
import { type ComponentId, IdText } from "./ids.ts";
import type { Component, Link, Picture } from "./picture.ts";

/** What one checkup saw, as far as diagnosis needs it; a `Checkup` is one. */
export interface Look {
  readonly picture: Picture;
  readonly judgements: readonly Said[];
}

/** What was said of an entity, as far as the record keeps it. */
export type Said = Pick<InvariantJudgement, "invariant" | "entity" | "on" | "verdict" | "summary" | "evidence">;

/** Kinds of change that two consecutive looks can show. */
export const EVENTS = [
  "came-up",
  "went-down",
  "restarted",
  "reconfigured",
  "upgraded",
  "link-broke",
  "link-mended",
  "violated",
  "holds-again",
] as const;

/** One change, as seen. */
export const TimelineEvent = v.object({
  /** Epoch milliseconds at which it was first seen, or at which it happened where the component says so. */
  atMs: v.number(),
  event: v.picklist(EVENTS),
  /** The component or entity that changed; of a link, the dependent end. */
  of: IdText,
  /** The other end of a link. */
  to: v.optional(IdText),
  /** Which invariant changed its verdict. */
  invariant: v.optional(v.string()),
  summary: v.string(),
});

/** One change, as seen. */
export type TimelineEvent = v.InferOutput<typeof TimelineEvent>;

/** Every change between consecutive looks, oldest first. */
export function timelineOf(looks: readonly Look[]): readonly TimelineEvent[] {
  const ordered = looks.toSorted((a, b) => a.picture.atMs - b.picture.atMs);
  return ordered
    .slice(1)
    .flatMap((now, index) => eventsBetween(ordered[index] ?? now, now))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function eventsBetween(before: Look, now: Look): readonly TimelineEvent[] {
  const earlier = new Map(before.picture.components.map((component) => [component.id, component]));
  const links = new Map(before.picture.links.map((link) => [linkName(link), link]));
  const judged = new Map(before.judgements.map((judgement) => [judgedName(judgement), judgement]));
  return [
    ...now.picture.components.flatMap((part) => componentEvents(earlier.get(part.id), part, now.picture.atMs)),
    ...now.picture.links.flatMap((link) => linkEvents(links.get(linkName(link)), link, now.picture.atMs)),
    ...now.judgements.flatMap((said) => verdictEvents(judged.get(judgedName(said)), said, now.picture.atMs)),
  ];
}

function componentEvents(before: Component | undefined, now: Component, atMs: number): readonly TimelineEvent[] {
  if (!before) return [];
  const events: TimelineEvent[] = [];
  const add = (event: TimelineEvent["event"], summary: string, whenMs = atMs): number =>
    events.push({ atMs: whenMs, event, of: now.id, summary });
  if (before.state !== now.state && now.state === "down") add("went-down", `${now.id} went down, was ${before.state}`);
  if (before.state !== now.state && now.state === "up") add("came-up", `${now.id} came up, was ${before.state}`);
  if (differs(before.startedAtMs, now.startedAtMs)) add("restarted", `${now.id} restarted`, now.startedAtMs);
  if (differs(before.configHash, now.configHash)) {
    add("reconfigured", `${now.id} changed its configuration from ${before.configHash} to ${now.configHash}`);
  }
  if (differs(before.version, now.version)) {
    add("upgraded", `${now.id} changed its version from ${before.version} to ${now.version}`);
  }
  return events;
}

function linkEvents(before: Link | undefined, now: Link, atMs: number): readonly TimelineEvent[] {
  if (!before || before.state === now.state || now.state === "unknown") return [];
  const broke = now.state === "down";
  const summary = `Link from ${now.from} to ${now.to} ${broke ? "broke" : "works again"}`;
  return [{ atMs, event: broke ? "link-broke" : "link-mended", of: now.from, to: now.to, summary }];
}

function verdictEvents(
  before: Said | undefined,
  { invariant, entity, verdict, summary }: Said,
  atMs: number,
): readonly TimelineEvent[] {
  if (!before || before.verdict === verdict || verdict === "unknown") return [];
  return [{ atMs, event: verdict === "violated" ? "violated" : "holds-again", of: entity, invariant, summary }];
}

/** Both known and unlike; silence is no change. */
function differs<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function linkName({ from, to, kind }: Link): `${ComponentId} ${string}` {
  return `${from} ${to} ${kind}`;
}

function judgedName({ invariant, entity }: Said): string {
  return `${invariant} ${entity}`;
}
