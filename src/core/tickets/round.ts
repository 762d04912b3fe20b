/** One round: what a look makes of every entity and every ticket at once. Pure; what comes out is applied only when it has been written. */

import type { InvariantJudgement } from "../subject/checkup.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import { acrossGap, type EntityState, entityKey, followEntity, type Gap, isDue } from "./entity-state.ts";
import { Draft, type Known, type RoundOutcome, type RulesOf, toInput } from "./round-draft.ts";
import { type RoundKeys, roundKeys } from "./round-keys.ts";
import { settleTickets } from "./settle-tickets.ts";
import { recordAcrossGap, ticketKey } from "./ticket-record.ts";

export type { Known, Moved, RoundOutcome, RulesOf, TicketEvent, VerdictChange } from "./round-draft.ts";

/** What one look brought, for all entities. */
export interface Round {
  /** Epoch milliseconds at which the look was due. */
  readonly atMs: number;
  /** The time before this look that was not watched, or that the clock has stepped over. */
  readonly gap?: Gap | undefined;
  readonly judgements: readonly InvariantJudgement[];
  /** Invariants that were judged by the same reading before, so that the same verdict counts for nothing. @default none */
  readonly repeated?: ReadonlySet<string>;
  /**
   * Keys of the tickets that would open again although what caused their last trouble is known and is not there: this is
   * another one. @default none
   */
  readonly unrelated?: ReadonlySet<string>;
  /** Keys of the judgements. @default made anew */
  readonly keys?: RoundKeys;
  /** Entities that are gone for good. */
  readonly retired: readonly EntityId[];
  /** Components that should be there; they are never forgotten, however long nothing is said of them. */
  readonly expected: ReadonlySet<ComponentId>;
  /** Why nothing was observed; absent where something was. */
  readonly failed?: string;
}

/** An entity that is no expected component and of which nothing was said for so long is no longer followed. */
const FORGET_AFTER_MS = 600_000;

/** Follows every entity through one look; what is followed and not judged becomes unknown. */
export function followRound(known: Known, round: Round, rulesOf: RulesOf): RoundOutcome {
  const draft = new Draft(known, round.atMs, rulesOf);
  if (round.gap) leaveOut(draft, round.gap);
  const retired = new Set(round.retired);
  const { worst, judged } = sortOut(draft, round, retired);
  for (const [key, judgement] of worst) follow(draft, key, { judgement, round });
  if (judged !== "all") followSilent(draft, round, { retired, judged });
  settleTickets(draft, round);
  return draft.outcome();
}

/** What is said of an entity that nothing judges any more. */
export function unjudgedSummary(entity: EntityId): string {
  return `${entity} is no longer reported`;
}

function leaveOut(draft: Draft, gap: Gap): void {
  for (const [key, state] of draft.known.states) {
    const next = acrossGap(state, gap, draft.rulesOf(state.invariant));
    if (next !== state) draft.put(key, next);
  }
  for (const [key, record] of draft.known.tickets) {
    const next = recordAcrossGap(record, gap);
    if (next !== record) draft.record(key, next);
  }
}

interface Judged {
  readonly judgement: InvariantJudgement;
  readonly round: Round;
}

function follow(draft: Draft, key: string, { judgement, round }: Judged): void {
  const before = draft.state(key);
  const { invariant, verdict, evidence } = judgement;
  if (round.repeated?.has(invariant) && before?.verdict === verdict) return;
  const rules = draft.rulesOf(invariant);
  const input = toInput(judgement, round.atMs);
  const state = followEntity(before, input, rules);
  draft.say(key, { ...input, figures: evidence }, { before, state, judgement });
  if (state.ticketOn !== undefined || verdict !== "violated") return;
  if (isDue(state, round.atMs, rules)) draft.due(state);
  else draft.violatedNow(ticketKey(state), state.entity);
}

interface Silent {
  readonly retired: ReadonlySet<EntityId>;
  readonly judged: ReadonlySet<string>;
}

function followSilent(draft: Draft, round: Round, { retired, judged }: Silent): void {
  const kinds = new Set([...round.expected].map(kindOf));
  const unread = unreadIn(round);
  for (const [key, { invariant, entity, isGone }] of draft.known.states) {
    if (judged.has(key)) continue;
    const before = draft.state(key);
    if (!before) continue;
    if (isGone || retired.has(entity) || isTakenOut(before, round, kinds)) draft.retire(key, before);
    else if (mayForget(before, round)) draft.forget(key, before);
    else {
      const input = silenceOn(before, round, unread.get(invariant));
      const state = followEntity(before, input, draft.rulesOf(invariant));
      draft.say(key, { ...input, figures: {} }, { before, state });
    }
  }
}

interface Sorted {
  /** What may change a state: an invariant that speaks twice of one entity is taken at its worst word. */
  readonly worst: ReadonlyMap<string, InvariantJudgement>;
  /** Keys of the states that are judged. */
  readonly judged: ReadonlySet<string> | "all";
}

/** Most of what is said changes nothing, and costs one look at its state. */
function sortOut(draft: Draft, round: Round, retired: ReadonlySet<EntityId>): Sorted {
  const { judgements } = round;
  const { keys, distinct } = round.keys ?? roundKeys(judgements);
  const worst = new Map<string, InvariantJudgement>();
  const stateOf = round.gap ? (key: string) => draft.state(key) : (key: string) => draft.known.states.get(key);
  let known = 0;
  let index = 0;
  for (const judgement of judgements) {
    const key = keys[index++] ?? entityKey(judgement);
    if (retired.has(judgement.entity)) continue;
    const state = stateOf(key);
    if (state) known++;
    if (state && isSteady(state, judgement)) continue;
    const other = worst.get(key);
    if (!other || BADNESS[judgement.verdict] > BADNESS[other.verdict]) worst.set(key, judgement);
  }
  if (distinct && known === draft.known.states.size) return { worst, judged: "all" };
  const judged = judgements.flatMap(({ entity }, at) => (retired.has(entity) ? [] : (keys[at] ?? [])));
  return { worst, judged: new Set(judged) };
}

/** It was well, and it is: nothing is pending that this could end. */
function isSteady(state: EntityState, { verdict, on }: InvariantJudgement): boolean {
  return (
    verdict === "holds" &&
    state.verdict === "holds" &&
    state.on === on &&
    state.ticketOn === undefined &&
    state.violatedSinceMs === undefined &&
    state.unjudgedSinceMs === undefined
  );
}

const BADNESS: Readonly<Record<Verdict, number>> = { holds: 0, unknown: 1, violated: 2 };

/** Whether it was a component that the configuration does not know any more: others of its kind are still expected. */
function isTakenOut({ entity }: EntityState, { expected, failed }: Round, kinds: ReadonlySet<string>): boolean {
  return failed === undefined && !expected.has(entity) && kinds.has(kindOf(entity));
}

function kindOf(id: ComponentId): string {
  return id.slice(0, id.indexOf("/"));
}

function mayForget(state: EntityState, { atMs, expected, failed }: Round): boolean {
  if (state.ticketOn !== undefined || failed !== undefined) return false;
  if (isBrokenCheck(state)) return true;
  if (expected.has(state.entity) || state.unjudgedSinceMs === undefined) return false;
  return atMs - state.unjudgedSinceMs >= FORGET_AFTER_MS;
}

/** A check that threw is spoken of under its own name, and only as long as it throws. */
function isBrokenCheck({ invariant, entity }: EntityState): boolean {
  return entity === `invariant/${invariant}`;
}

/** The reason of an entity that nothing judges any more. */
const NOT_JUDGED = "not-judged";

/** Invariants that could judge nothing at all, and why. */
function unreadIn({ judgements }: Round): ReadonlyMap<string, string> {
  const wholes = judgements.filter(
    ({ invariant, entity, verdict }) => verdict === "unknown" && entity === `invariant/${invariant}`,
  );
  return new Map(wholes.map(({ invariant, summary }) => [invariant, summary]));
}

function silenceOn({ invariant, entity, on }: EntityState, { atMs, failed }: Round, unread: string | undefined) {
  const summary = failed === undefined ? (unread ?? unjudgedSummary(entity)) : `Not observed: ${failed}`;
  return { atMs, invariant, entity, on, verdict: "unknown", reason: NOT_JUDGED, summary, unjudged: true } as const;
}
