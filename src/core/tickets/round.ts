/** One round: what a checkup makes of every entity state at once. Pure; what comes out is applied only when it has been written. */

import type { InvariantJudgement } from "../subject/checkup.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Verdict } from "../words/verdict.ts";
import {
  type EntityState,
  entityKey,
  followEntity,
  retireEntity,
  type TicketRules,
  type VerdictInput,
} from "./entity-state.ts";
import { type RoundKeys, roundKeys } from "./round-keys.ts";

/** What one checkup brought, for all entity states. */
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
  readonly entityState: EntityState;
  /** What was said this time; absent where the entity is retired. */
  readonly judgement?: InvariantJudgement;
  readonly reason: string;
}

/** An entity that got another verdict than before. */
export interface VerdictChange {
  readonly entityState: EntityState;
  /** Absent where it was never judged before. */
  readonly from?: Verdict;
  readonly judgement?: InvariantJudgement;
}

/** What a round came to. */
export interface RoundOutcome {
  /** Entity states that are new or have changed. */
  readonly changed: readonly EntityState[];
  /** Entity states that need not be followed any more. */
  readonly forgotten: readonly EntityState[];
  readonly tickets: readonly TicketEvent[];
  readonly verdictChanges: readonly VerdictChange[];
}

/** Rules by invariant. */
export type RulesOf = (invariant: string) => TicketRules;

/** An entity that is no expected component and of which nothing was said for so long is no longer followed. */
const FORGET_AFTER_MS = 600_000;

interface Drafts {
  readonly changed: EntityState[];
  readonly forgotten: EntityState[];
  readonly tickets: TicketEvent[];
  readonly verdictChanges: VerdictChange[];
}

/** Follows every entity state through one checkup; what is followed and not judged becomes unknown. */
export function followRound(
  entityStates: ReadonlyMap<string, EntityState>,
  round: Round,
  rulesOf: RulesOf,
): RoundOutcome {
  const drafts: Drafts = { changed: [], forgotten: [], tickets: [], verdictChanges: [] };
  const retired = new Set(round.retired);
  const { worst, judged } = sortOut(entityStates, round, retired);
  const kinds = new Set([...round.expected].map(kindOf));
  for (const [key, judgement] of worst) {
    if (round.repeated?.has(judgement.invariant) && entityStates.get(key)?.verdict === judgement.verdict) continue;
    step(drafts, entityStates.get(key), { verdictInput: verdictInputOf(judgement, round), judgement, rulesOf });
  }
  if (judged === "all") return drafts;
  for (const entityState of entityStates.values()) {
    if (judged.has(entityState)) continue;
    if (retired.has(entityState.entity) || isTakenOut(entityState, round, kinds)) retire(drafts, entityState, round);
    else if (mayForget(entityState, round)) drafts.forgotten.push(entityState);
    else step(drafts, entityState, { verdictInput: silenceOn(entityState, round), rulesOf });
  }
  return drafts;
}

/** What is said of an entity that nothing judges any more. */
export function unjudgedSummary(entity: EntityId): string {
  return `Nothing is said of ${entity} any more`;
}

interface Sorted {
  /** What may change an entity state: an invariant that speaks twice of one entity is taken at its worst word. */
  readonly worst: ReadonlyMap<string, InvariantJudgement>;
  readonly judged: ReadonlySet<EntityState> | "all";
}

/** Most of what is said changes nothing, and costs one look at its entity state. */
function sortOut(entityStates: ReadonlyMap<string, EntityState>, round: Round, retired: ReadonlySet<EntityId>): Sorted {
  const { judgements } = round;
  const { keys, distinct } = round.keys ?? roundKeys(judgements);
  const worst = new Map<string, InvariantJudgement>();
  let known = 0;
  let index = 0;
  for (const judgement of judgements) {
    const key = keys[index++] ?? entityKey(judgement);
    if (retired.has(judgement.entity)) continue;
    const entityState = entityStates.get(key);
    if (entityState) known++;
    if (entityState && isSteady(entityState, judgement)) continue;
    const other = worst.get(key);
    if (!other || BADNESS[judgement.verdict] > BADNESS[other.verdict]) worst.set(key, judgement);
  }
  if (distinct && known === entityStates.size) return { worst, judged: "all" };
  const judged = keys.flatMap((key) => entityStates.get(key) ?? []).filter(({ entity }) => !retired.has(entity));
  return { worst, judged: new Set(judged) };
}

/** It was well, and it is: nothing is pending that this could end. */
function isSteady(entityState: EntityState, { verdict, on }: InvariantJudgement): boolean {
  return (
    verdict === "holds" &&
    entityState.verdict === "holds" &&
    entityState.on === on &&
    entityState.holds === 0 &&
    entityState.ticket?.state !== "open" &&
    entityState.violatedSinceMs === undefined &&
    entityState.unjudgedSinceMs === undefined
  );
}

const BADNESS: Readonly<Record<Verdict, number>> = { holds: 0, unknown: 1, violated: 2 };

interface Step {
  readonly verdictInput: VerdictInput;
  readonly judgement?: InvariantJudgement;
  readonly rulesOf: RulesOf;
}

function step(drafts: Drafts, before: EntityState | undefined, { verdictInput, judgement, rulesOf }: Step): void {
  const rules = rulesOf(verdictInput.invariant);
  const { entityState, change } = followEntity(before, verdictInput, rules);
  if (entityState === before) return;
  drafts.changed.push(entityState);
  const said = judgement && { judgement };
  if (entityState.verdict !== before?.verdict)
    drafts.verdictChanges.push({ entityState, ...(before && { from: before.verdict }), ...said });
  if (change)
    drafts.tickets.push({
      change,
      entityState,
      reason: reasonOf(change, entityState, { verdictInput, rules, before }),
      ...said,
    });
}

interface Reason {
  readonly verdictInput: VerdictInput;
  readonly rules: TicketRules;
  readonly before: EntityState | undefined;
}

function reasonOf(
  change: TicketEvent["change"],
  entityState: EntityState,
  { verdictInput, rules, before }: Reason,
): string {
  const seconds = (sinceMs = verdictInput.atMs): number =>
    Math.max(0, Math.round((verdictInput.atMs - sinceMs) / 100) / 10);
  if (change !== "resolved") {
    const again = change === "reopened" ? "again " : "";
    return `Violated ${again}for ${seconds(entityState.violatedSinceMs)} s, grace ${rules.graceMs / 1000} s`;
  }
  return `Holds at ${rules.holdsToResolve} or more checkups in a row, for ${seconds(before?.holdsSinceMs)} s`;
}

function retire(drafts: Drafts, before: EntityState, { atMs }: Round): void {
  if (before.ticket?.held) return;
  const { entityState, change } = retireEntity(before, atMs);
  if (change) drafts.tickets.push({ change, entityState, reason: `${entityState.entity} is gone for good` });
  drafts.forgotten.push(entityState);
}

/** Whether it was a component that the configuration does not know any more: others of its kind are still expected. */
function isTakenOut({ entity }: EntityState, { expected, failed }: Round, kinds: ReadonlySet<string>): boolean {
  return failed === undefined && !expected.has(entity) && kinds.has(kindOf(entity));
}

function kindOf(id: ComponentId): string {
  return id.slice(0, id.indexOf("/"));
}

function mayForget(entityState: EntityState, { atMs, expected, failed }: Round): boolean {
  if (entityState.ticket?.state === "open" || failed !== undefined) return false;
  if (isBrokenCheck(entityState)) return true;
  if (expected.has(entityState.entity) || entityState.unjudgedSinceMs === undefined) return false;
  return atMs - entityState.unjudgedSinceMs >= FORGET_AFTER_MS;
}

/** A check that threw is spoken of under its own name, and only as long as it throws. */
function isBrokenCheck({ invariant, entity }: EntityState): boolean {
  return entity === `invariant/${invariant}`;
}

function verdictInputOf(
  { invariant, entity, on, verdict, summary }: InvariantJudgement,
  { atMs, restart }: Round,
): VerdictInput {
  return { atMs, restart, invariant, entity, on, verdict, summary };
}

function silenceOn(entityState: EntityState, { atMs, restart, failed }: Round): VerdictInput {
  const { invariant, entity, on } = entityState;
  const summary = failed === undefined ? unjudgedSummary(entity) : `Cannot be seen: ${failed}`;
  return { atMs, restart, invariant, entity, on, verdict: "unknown", summary, unjudged: true };
}
