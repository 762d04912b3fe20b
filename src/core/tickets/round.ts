/** One round: what a checkup makes of every track at once. Pure; what comes out is applied only when it has been written. */

import type { InvariantJudgement } from "../subject/checkup.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import { type RoundKeys, roundKeys } from "./round-keys.ts";
import { followTrack, retireTrack, type Sighting, type TicketRules, type Track, trackKey } from "./track.ts";

/** What one checkup brought, for all tracks. */
export interface Round {
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  /** The clock has stepped since the last checkup. */
  readonly restart: boolean;
  readonly judgements: readonly InvariantJudgement[];
  /** Invariants that were judged by the same reading before, so that the same verdict counts for nothing. @default none */
  readonly repeated?: ReadonlySet<string>;
  /** Keys of the judgements. @default made anew */
  readonly keys?: RoundKeys;
  /** Entities that are gone for good. */
  readonly retired: readonly EntityId[];
  /** Components that should be there; they are never forgotten, however long nothing is said of them. */
  readonly expected: ReadonlySet<ComponentId>;
  /** Why nothing was observed; absent where something was. */
  readonly failed?: string;
}

/** Something that happens to a ticket. */
export interface TicketEvent {
  readonly change: "opened" | "reopened" | "resolved";
  readonly track: Track;
  /** What was said this time; absent where the entity is retired. */
  readonly judgement?: InvariantJudgement;
  readonly reason: string;
}

/** An entity that got another verdict than before. */
export interface Turn {
  readonly track: Track;
  /** Absent where it was never judged before. */
  readonly from?: Verdict;
  readonly judgement?: InvariantJudgement;
}

/** What a round came to. */
export interface RoundOutcome {
  /** Tracks that are new or have changed. */
  readonly changed: readonly Track[];
  /** Tracks that need not be followed any more. */
  readonly forgotten: readonly Track[];
  readonly tickets: readonly TicketEvent[];
  readonly turns: readonly Turn[];
}

/** Rules by invariant. */
export type RulesOf = (invariant: string) => TicketRules;

/** An entity that is no expected component and of which nothing was said for so long is no longer followed. */
const FORGET_AFTER_MS = 600_000;

interface Drafts {
  readonly changed: Track[];
  readonly forgotten: Track[];
  readonly tickets: TicketEvent[];
  readonly turns: Turn[];
}

/** Follows every track through one checkup; what is followed and not judged becomes unknown. */
export function followRound(tracks: ReadonlyMap<string, Track>, round: Round, rulesOf: RulesOf): RoundOutcome {
  const drafts: Drafts = { changed: [], forgotten: [], tickets: [], turns: [] };
  const retired = new Set(round.retired);
  const { worst, judged } = sortOut(tracks, round, retired);
  const kinds = new Set([...round.expected].map(kindOf));
  for (const [key, judgement] of worst) {
    if (round.repeated?.has(judgement.invariant) && tracks.get(key)?.verdict === judgement.verdict) continue;
    step(drafts, tracks.get(key), { sighting: sightingOf(judgement, round), judgement, rulesOf });
  }
  if (judged === "all") return drafts;
  for (const track of tracks.values()) {
    if (judged.has(track)) continue;
    if (retired.has(track.entity) || isTakenOut(track, round, kinds)) retire(drafts, track, round);
    else if (mayForget(track, round)) drafts.forgotten.push(track);
    else step(drafts, track, { sighting: silenceOn(track, round), rulesOf });
  }
  return drafts;
}

/** What is said of an entity that nothing judges any more. */
export function unjudgedSummary(entity: EntityId): string {
  return `Nothing is said of ${entity} any more`;
}

interface Sorted {
  /** What may change a track: an invariant that speaks twice of one entity is taken at its worst word. */
  readonly worst: ReadonlyMap<string, InvariantJudgement>;
  readonly judged: ReadonlySet<Track> | "all";
}

/** Most of what is said changes nothing, and costs one look at its track. */
function sortOut(tracks: ReadonlyMap<string, Track>, round: Round, retired: ReadonlySet<EntityId>): Sorted {
  const { judgements } = round;
  const { keys, distinct } = round.keys ?? roundKeys(judgements);
  const worst = new Map<string, InvariantJudgement>();
  let known = 0;
  let index = 0;
  for (const judgement of judgements) {
    const key = keys[index++] ?? trackKey(judgement);
    if (retired.has(judgement.entity)) continue;
    const track = tracks.get(key);
    if (track) known++;
    if (track && isSteady(track, judgement)) continue;
    const other = worst.get(key);
    if (!other || BADNESS[judgement.verdict] > BADNESS[other.verdict]) worst.set(key, judgement);
  }
  if (distinct && known === tracks.size) return { worst, judged: "all" };
  const judged = keys.flatMap((key) => tracks.get(key) ?? []).filter(({ entity }) => !retired.has(entity));
  return { worst, judged: new Set(judged) };
}

/** It was well, and it is: nothing is pending that this could end. */
function isSteady(track: Track, { verdict, on }: InvariantJudgement): boolean {
  return (
    verdict === "holds" &&
    track.verdict === "holds" &&
    track.on === on &&
    track.holds === 0 &&
    track.ticket?.state !== "open" &&
    track.violatedSinceMs === undefined &&
    track.unjudgedSinceMs === undefined
  );
}

const BADNESS: Readonly<Record<Verdict, number>> = { holds: 0, unknown: 1, violated: 2 };

interface Step {
  readonly sighting: Sighting;
  readonly judgement?: InvariantJudgement;
  readonly rulesOf: RulesOf;
}

function step(drafts: Drafts, before: Track | undefined, { sighting, judgement, rulesOf }: Step): void {
  const rules = rulesOf(sighting.invariant);
  const { track, change } = followTrack(before, sighting, rules);
  if (track === before) return;
  drafts.changed.push(track);
  const said = judgement && { judgement };
  if (track.verdict !== before?.verdict) drafts.turns.push({ track, ...(before && { from: before.verdict }), ...said });
  if (change)
    drafts.tickets.push({ change, track, reason: reasonOf(change, track, { sighting, rules, before }), ...said });
}

interface Reason {
  readonly sighting: Sighting;
  readonly rules: TicketRules;
  readonly before: Track | undefined;
}

function reasonOf(change: TicketEvent["change"], track: Track, { sighting, rules, before }: Reason): string {
  const seconds = (sinceMs = sighting.atMs): number => Math.max(0, Math.round((sighting.atMs - sinceMs) / 100) / 10);
  if (change !== "resolved") {
    const again = change === "reopened" ? "again " : "";
    return `Violated ${again}for ${seconds(track.violatedSinceMs)} s, grace ${rules.graceMs / 1000} s`;
  }
  return `Holds at ${rules.holdsToResolve} or more checkups in a row, for ${seconds(before?.holdsSinceMs)} s`;
}

function retire(drafts: Drafts, before: Track, { atMs }: Round): void {
  if (before.ticket?.held) return;
  const { track, change } = retireTrack(before, atMs);
  if (change) drafts.tickets.push({ change, track, reason: `${track.entity} is gone for good` });
  drafts.forgotten.push(track);
}

/** Whether it was a component that the configuration does not know any more: others of its kind are still expected. */
function isTakenOut({ entity }: Track, { expected, failed }: Round, kinds: ReadonlySet<string>): boolean {
  return failed === undefined && !expected.has(entity) && kinds.has(kindOf(entity));
}

function kindOf(id: ComponentId): string {
  return id.slice(0, id.indexOf("/"));
}

function mayForget(track: Track, { atMs, expected, failed }: Round): boolean {
  if (track.ticket?.state === "open" || failed !== undefined) return false;
  if (isBrokenCheck(track)) return true;
  if (expected.has(track.entity) || track.unjudgedSinceMs === undefined) return false;
  return atMs - track.unjudgedSinceMs >= FORGET_AFTER_MS;
}

/** A check that threw is spoken of under its own name, and only as long as it throws. */
function isBrokenCheck({ invariant, entity }: Track): boolean {
  return entity === `invariant/${invariant}`;
}

function sightingOf(
  { invariant, entity, on, verdict, summary }: InvariantJudgement,
  { atMs, restart }: Round,
): Sighting {
  return { atMs, restart, invariant, entity, on, verdict, summary };
}

function silenceOn(track: Track, { atMs, restart, failed }: Round): Sighting {
  const { invariant, entity, on } = track;
  const summary = failed === undefined ? unjudgedSummary(entity) : `Cannot be seen: ${failed}`;
  return { atMs, restart, invariant, entity, on, verdict: "unknown", summary, unjudged: true };
}
