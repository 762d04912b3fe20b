/** What a monitor keeps in memory between rounds; all of it can be read again from the database. */

import type { Severity } from "../core/subject/invariant.ts";
import type { InvariantInfo } from "../core/subject/subject.ts";
import type { Picture } from "../core/system/picture.ts";
import { type EntityState, entityKey } from "../core/tickets/entity-state.ts";
import { countVerdicts, type VerdictCounts } from "../core/tickets/overall.ts";
import { ownInvariants } from "../core/tickets/own-invariants.ts";
import type { RoundOutcome } from "../core/tickets/round.ts";
import type { RoundKeys } from "../core/tickets/round-keys.ts";
import { type TicketRules, ticketRules } from "../core/tickets/rules.ts";
import { ANSWERS_PROBES } from "../core/tickets/self-check.ts";
import { type TicketRecord, ticketKey } from "../core/tickets/ticket-record.ts";
import type { EntityId } from "../core/words/ids.ts";
import type { Symptom } from "../core/words/symptom.ts";
import type { CheckupOptions } from "./options.ts";

/** The present state of an instance, as last written. */
export interface Memory {
  /** Nothing has been observed since it was read: what others followed may be unknown to this session. */
  readonly fresh: boolean;
  readonly entityStates: Map<string, EntityState>;
  /** The newest ticket of each (invariant, component): those that are open, and those that may open again. */
  readonly tickets: Map<string, TicketRecord>;
  /** How many of them have which verdict. */
  readonly counts: VerdictCounts;
  /** Of the instance; another one in the database means that a person has changed a ticket. */
  readonly revision: number;
  /** Epoch milliseconds at which the last checkup was due. */
  readonly lastAtMs: number;
  /** The structure of the last picture that was written. */
  readonly structure: Picture | undefined;
  /** Epoch milliseconds of the reading by which each invariant was judged last. */
  readonly readAtMs: Map<string, number>;
  /** Of the judgements of the last round, whose order the next one most often has. */
  readonly keys: RoundKeys | undefined;
  /** Names of the series that are described already. */
  readonly described: Set<string>;
}

/** Rules, severity and symptom of an invariant. */
export interface Terms {
  readonly rules: TicketRules;
  readonly severity: Severity;
  readonly symptom?: Symptom;
}

/** Milliseconds for which a resolved ticket is remembered: as long as it bears upon the next one of its component. */
const REMEMBERED_MS = 3_600_000;

/** Reads everything from the database. */
export function recall({ database, instance, clock }: CheckupOptions): Memory {
  const entityStates = database.entityStates.load(instance.id);
  return {
    fresh: true,
    entityStates: new Map(entityStates.map((entityState) => [entityKey(entityState), entityState])),
    tickets: ticketsOf(database.tickets.records(instance.id, clock.now() - REMEMBERED_MS), entityStates),
    counts: countVerdicts(entityStates),
    revision: database.instances.revision(instance.id),
    lastAtMs: database.checkups.latest(instance.id)?.atMs ?? Number.NEGATIVE_INFINITY,
    structure: database.pictures.at(instance.id, Number.MAX_SAFE_INTEGER),
    readAtMs: new Map(),
    keys: undefined,
    described: new Set(database.pictures.kinds(instance.id).keys()),
  };
}

function ticketsOf(
  records: readonly Omit<TicketRecord, "affected">[],
  states: readonly EntityState[],
): Map<string, TicketRecord> {
  const affected = new Map<string, Set<string>>();
  for (const state of states) {
    const { invariant, ticketOn } = state;
    if (ticketOn === undefined) continue;
    const key = ticketKey({ invariant, on: ticketOn });
    affected.set(key, (affected.get(key) ?? new Set()).add(entityKey(state)));
  }
  return new Map(
    records.map((record) => {
      const key = ticketKey(record);
      return [key, { ...record, affected: (record.state === "open" && affected.get(key)) || new Set() }];
    }),
  );
}

/** How many entities have which verdict once a round is taken over; only what the round changes is counted again. */
export function countsAfter({ counts, entityStates }: Memory, { changed, forgotten }: RoundOutcome): VerdictCounts {
  const after = { ...counts };
  for (const entityState of [...changed, ...forgotten]) {
    const before = entityStates.get(entityKey(entityState));
    if (before) after[before.verdict]--;
  }
  for (const { verdict } of changed) after[verdict]++;
  return after;
}

/** Takes over what has been written. */
export function apply({ entityStates, tickets }: Memory, { changed, forgotten, records }: RoundOutcome): void {
  for (const record of records) tickets.set(ticketKey(record), record);
  for (const entityState of changed) entityStates.set(entityKey(entityState), entityState);
  for (const entityState of forgotten) entityStates.delete(entityKey(entityState));
}

/**
 * Entities that must be read even where they have fallen out of a top-N list: with an open ticket, or about to get one;
 * at first all of them, so that nothing another monitor followed stays unknown merely because this one never saw it.
 */
export function trackedEntities({ entityStates, fresh }: Memory): ReadonlySet<EntityId> {
  const tracked = new Set<EntityId>();
  for (const { entity, ticketOn, violatedSinceMs } of entityStates.values()) {
    if (fresh || ticketOn !== undefined || violatedSinceMs !== undefined) tracked.add(entity);
  }
  return tracked;
}

/** Finds the terms of an invariant; one that the subject does not know any more is treated like blindness. */
export function termsOf(options: CheckupOptions): (invariant: string) => Terms {
  const { invariants, rules, ownGraceMs = {}, registerEveryMs = 0 } = options;
  const own = ownInvariants(registerEveryMs).map((info) => ({ ...info, graceMs: ownGraceMs[info.id] ?? info.graceMs }));
  const termsFor = ({ graceMs, everyMs, severity, symptom }: InvariantInfo): Terms => ({
    severity,
    ...(symptom && { symptom }),
    rules: ticketRules({ graceMs, everyMs, ...rules }),
  });
  const known = new Map([...own, ...invariants].map((info) => [info.id, termsFor(info)]));
  const otherwise = termsFor(ANSWERS_PROBES);
  return (invariant) => known.get(invariant) ?? otherwise;
}
