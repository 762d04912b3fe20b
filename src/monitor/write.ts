/** Writes one round in one transaction: all of it or nothing, and only while the lease is held. */

import type { Picture } from "../core/system/picture.ts";
import { sameStructure } from "../core/system/structure.ts";
import { type RecordedEvent, structureEvents, verdictEventKind } from "../core/system/timeline.ts";
import type { RoundOutcome } from "../core/tickets/round.ts";
import { monitorLease } from "../core/words/lease.ts";
import type { Lease, PackedEvidence, PackedPicture, PreparedEvents, Sample } from "../database/mod.ts";
import { cleanText } from "../database/sqlite/json.ts";
import { closeIncidents, type Verified } from "./close-incidents.ts";
import type { Gathered } from "./freeze.ts";
import { fileIncidents } from "./incidents.ts";
import { countsAfter, type Memory } from "./memory.ts";
import type { Observed } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";
import { kindsOf } from "./picture-samples.ts";
import { writeTickets } from "./write-tickets.ts";

/** All that a round has to be written of. */
export interface Draft {
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  readonly observed: Observed;
  readonly outcome: RoundOutcome;
  /** Absent where no ticket opens. */
  readonly evidence: Gathered | undefined;
  readonly verified: readonly Verified[];
  readonly samples: readonly Sample[];
}

/** A draft whose large parts are ready to be written. */
export interface PackedDraft extends Draft {
  readonly events: PreparedEvents;
  /** Absent where the structure is what it was. */
  readonly structure: PackedPicture | undefined;
  readonly packedEvidence: PackedEvidence | undefined;
}

/** Redacts and compresses what a round writes: work that must not be done under the lock of the file. */
export function packRound({ database }: CheckupOptions, { structure }: Memory, draft: Draft): PackedDraft {
  const { atMs, observed, evidence } = draft;
  const picture = observed.checkup && { ...observed.checkup.picture, atMs };
  const isNew = picture && !(structure && sameStructure(structure, picture));
  const seen = isNew && structure ? structureEvents(structure, picture) : [];
  return {
    ...draft,
    outcome: cleaned(draft.outcome),
    events: database.events.prepare([...seen, ...saidEvents(draft)]),
    structure: isNew ? database.pictures.pack(picture) : undefined,
    packedEvidence: evidence && database.evidence.pack(evidence),
  };
}

/** Takes or prolongs the lease of the instance, and answers the one in force. */
export function holdLease({ database, instance, actor, clock }: CheckupOptions, ttlMs: number): Lease {
  return database.leases.acquire(monitorLease(instance.id), { holder: actor, nowMs: clock.now(), ttlMs });
}

/** The texts that entity states and tickets will hold, without their secrets. */
function cleaned({ changed, records, ...outcome }: RoundOutcome): RoundOutcome {
  return {
    ...outcome,
    changed: changed.map((entityState) => withClean(entityState)),
    records: records.map((record) => ({
      ...record,
      words: { ...withClean(record.words), problem: withClean(record.words.problem) },
    })),
  };
}

function withClean<Said extends { readonly summary: string }>(said: Said): Said {
  const summary = cleanText(said.summary);
  return summary === said.summary ? said : { ...said, summary };
}

/** Writes a round; must run inside a transaction. */
export function writeRound(options: CheckupOptions, memory: Memory, draft: PackedDraft): void {
  const { database, instance, actor, clock } = options;
  const { atMs, observed, outcome, events, structure, packedEvidence, samples } = draft;
  database.entityStates.save(instance.id, outcome.changed);
  database.entityStates.forget(instance.id, outcome.forgotten);
  database.events.add(instance.id, events);
  writeTickets(options, {
    events: outcome.tickets,
    records: outcome.records,
    atMs,
    ...(packedEvidence && { evidence: database.evidence.freeze(packedEvidence) }),
  });
  const picture = observed.checkup?.picture ?? memory.structure ?? { components: [], links: [] };
  fileIncidents({ database, instance: instance.id, picture, by: { atMs, actor }, nowMs: clock.now() });
  closeIncidents(options, draft.verified, atMs);
  if (structure) database.pictures.add(instance.id, structure);
  if (observed.checkup) describeSeries(options, memory, observed.checkup.picture);
  database.samples.append(instance.id, atMs, samples);
  writeCheckup(options, memory, draft);
}

function saidEvents({ atMs, outcome }: Draft): readonly RecordedEvent[] {
  const verdicts = outcome.verdictChanges.flatMap(({ state, from, judgement }): readonly RecordedEvent[] => {
    const { invariant, entity: of, on, verdict: to, reason, summary } = state;
    const said = { on, to, reason, figures: judgement?.evidence ?? {}, ...(from && { from }) };
    const event = verdictEventKind(said);
    return event ? [{ atMs, event, of, invariant, summary, said }] : [];
  });
  const moved = outcome.moved.map(({ state: { invariant, entity: of, on: to }, from }): RecordedEvent => {
    const summary = `${of} is now judged at ${to}, before at ${from}`;
    return { atMs, event: "moved", of, to, invariant, summary };
  });
  const reasons = outcome.tickets.flatMap(({ change, record, reason: summary }): readonly RecordedEvent[] => {
    const { invariant, on, words } = record;
    if (change !== "reason-changed") return [];
    const said = { on, from: words.verdict, to: words.verdict, reason: words.reason, figures: words.figures };
    return [{ atMs, event: "reason-changed", of: words.entity, invariant, summary, said }];
  });
  return [...verdicts, ...moved, ...reasons];
}

function describeSeries({ database, instance }: CheckupOptions, { described }: Memory, picture: Picture): void {
  const fresh = [...kindsOf(picture).values()].filter(({ name }) => !described.has(name));
  database.pictures.describe(instance.id, fresh);
}

function writeCheckup(
  { database, instance }: CheckupOptions,
  memory: Memory,
  { atMs, observed, outcome }: Draft,
): void {
  const { elapsedMs, failed } = observed;
  const counts = countsAfter(memory, outcome);
  database.checkups.add({ instance: instance.id, atMs, elapsedMs, ...counts, ...(failed !== undefined && { failed }) });
}
