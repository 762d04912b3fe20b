/** What happened when: dated events, told by code from one look to the next, so that order can be claimed and checked. */

import * as v from "valibot";
import { type ComponentId, type EntityId, IdText, type Scalar } from "../words/ids.ts";
import type { ProbeOutcome } from "../words/probe-outcome.ts";
import type { Verdict } from "../words/verdict.ts";
import { sameAddress } from "./join.ts";
import type { Component, Link, Picture } from "./picture.ts";

/** What one checkup saw, as far as diagnosis needs it; a `Checkup` is one. */
export interface LookRecord {
  readonly picture: Picture;
  readonly judgements: readonly Said[];
}

/** What an invariant said of an entity, as far as the record keeps it. */
export interface Said {
  readonly invariant: string;
  readonly entity: EntityId;
  /** The component it speaks of. */
  readonly on: ComponentId;
  readonly verdict: Verdict;
  /** Why, in a kebab-case word of the invariant's own; absent where that is not on record. */
  readonly reason?: string;
  /** The system's own word for it, such as `OOM` or `503`; absent where it gave none, or none is on record. */
  readonly word?: string;
  readonly summary: string;
  /** The figures the verdict rests on. */
  readonly evidence: Readonly<Record<string, Scalar>>;
}

/** Kinds of event. */
export const EVENTS = [
  "came-up",
  "went-down",
  "restarted",
  "reconfigured",
  "upgraded",
  "link-broke",
  "link-recovered",
  "violated",
  "holds-again",
  "became-unknown",
  "reason-changed",
  "moved",
] as const;

/** Kind of event. */
export type EventKind = (typeof EVENTS)[number];

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

/** An event as it is recorded. */
export interface RecordedEvent extends TimelineEvent {
  /** Of an event about a verdict. */
  readonly said?: SaidEvent;
}

/** What is recorded of a verdict that changed. */
export interface SaidEvent {
  /** The component it speaks of. */
  readonly on: ComponentId;
  /** Absent for the first word on an entity. */
  readonly from?: Verdict;
  readonly to: Verdict;
  readonly reason: string;
  readonly figures: Readonly<Record<string, Scalar>>;
}

/** What components and links went through from one picture to the next, oldest first. */
export function structureEvents(before: Picture, now: Picture): readonly TimelineEvent[] {
  const earlier = new Map(before.components.map((component) => [component.id, component]));
  const links = new Map(before.links.map((link) => [linkName(link), link]));
  return [
    ...now.components.flatMap((part) => componentEvents(earlier.get(part.id), part, now.atMs)),
    ...now.links.flatMap((link) => linkEvents(links.get(linkName(link)), link, now.atMs)),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

/** The kind of event by which an entity gets another verdict; that something new holds is none. */
export function verdictEventKind({ from, to }: Pick<SaidEvent, "from" | "to">): EventKind | undefined {
  if (to === "violated") return "violated";
  if (to === "unknown") return "became-unknown";
  return from === undefined ? undefined : "holds-again";
}

/** What was said at an earlier time: what is said now, but for what has changed since. */
export function rewind(judgements: readonly Said[], events: readonly RecordedEvent[], toMs: number): readonly Said[] {
  const earlier = new Map<string, SaidEvent>();
  for (const { atMs, invariant = "", of, said } of events) {
    const key = `${invariant} ${of}`;
    if (said && atMs > toMs && !earlier.has(key)) earlier.set(key, said);
  }
  if (earlier.size === 0) return judgements;
  return judgements.flatMap((judgement) => {
    const changed = earlier.get(`${judgement.invariant} ${judgement.entity}`);
    if (!changed) return [judgement];
    const { from, on } = changed;
    if (from === undefined) return [];
    const { reason: _reason, word: _word, ...rest } = judgement;
    return [{ ...rest, on, verdict: from, summary: `${judgement.entity} was ${from} then`, evidence: {} }];
  });
}

function componentEvents(before: Component | undefined, now: Component, atMs: number): readonly TimelineEvent[] {
  if (!before) return [];
  const events: TimelineEvent[] = [];
  const add = (event: TimelineEvent["event"], summary: string, whenMs = atMs): number =>
    events.push({ atMs: whenMs, event, of: now.id, summary });
  if (before.state !== now.state && now.state === "down") add("went-down", `${now.id} ${downWords(now)}`);
  if (before.state !== now.state && now.state === "up") add("came-up", `${now.id} came up`);
  const isElsewhere = differs(before.address, now.address) && !sameAddress(before.address ?? "", now.address ?? "");
  if (isElsewhere) add("moved", `${now.id} moved from ${before.address} to ${now.address}`);
  // What is elsewhere has another start.
  if (!isElsewhere && differs(before.startedAtMs, now.startedAtMs))
    add("restarted", `${now.id} restarted`, now.startedAtMs);
  if (differs(before.configHash, now.configHash)) {
    add("reconfigured", `${now.id} changed its configuration from ${before.configHash} to ${now.configHash}`);
  }
  if (differs(before.version, now.version)) {
    add("upgraded", `${now.id} changed its version from ${before.version} to ${now.version}`);
  }
  return events;
}

/** Down is what cannot be used, which need not be what has ended. */
function downWords({ probe }: Component): string {
  return (probe && DOWN_WORDS[probe]) ?? "went down";
}

const DOWN_WORDS: Partial<Readonly<Record<ProbeOutcome, string>>> = {
  refused: "went down: connection refused",
  unreachable: "is no longer reachable",
  "timed-out": "stopped answering",
  "incomplete-answer": "no longer answers in full",
  "refused-access": "refuses access",
  "server-error": "answers only with errors",
  "foreign-answer": "gives impossible answers",
  "wrong-identity": "is displaced: another process answers at its address",
};

function linkEvents(before: Link | undefined, now: Link, atMs: number): readonly TimelineEvent[] {
  if (!before || before.state === now.state || now.state === "unknown") return [];
  const broke = now.state === "down";
  const summary = `Link from ${now.from} to ${now.to} ${broke ? "broke" : "works again"}`;
  return [{ atMs, event: broke ? "link-broke" : "link-recovered", of: now.from, to: now.to, summary }];
}

/** Both known and unlike; silence is no change. */
function differs<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function linkName({ from, to, kind }: Link): `${ComponentId} ${string}` {
  return `${from} ${to} ${kind}`;
}
