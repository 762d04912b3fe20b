/** Writes one round in one transaction: all of it or nothing, and only while the lease is held. */

import { monitorLease } from "../core/lease.ts";
import { countVerdicts } from "../core/overall.ts";
import type { Picture } from "../core/picture.ts";
import type { RoundOutcome, TicketEvent } from "../core/round.ts";
import { sameStructure } from "../core/structure.ts";
import { trackKey } from "../core/track.ts";
import type { Lease, NewTicket, Sample } from "../database/mod.ts";
import type { Gathered } from "./freeze.ts";
import { closeIncidents, fileIncidents, type Verified } from "./incidents.ts";
import { type Memory, termsOf } from "./memory.ts";
import type { Observed } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";
import { kindsOf } from "./picture-samples.ts";

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

/** Takes or prolongs the lease of the instance, and answers the one in force. */
export function holdLease({ database, instance, actor, clock }: CheckupOptions, ttlMs: number): Lease {
  return database.leases.acquire(monitorLease(instance.id), { holder: actor, nowMs: clock.now(), ttlMs });
}

/** Writes a round; must run inside a transaction. */
export function writeRound(options: CheckupOptions, memory: Memory, draft: Draft): void {
  const { database, instance, actor } = options;
  const { atMs, observed, outcome, evidence, samples } = draft;
  database.tracks.save(instance.id, outcome.changed);
  database.tracks.forget(instance.id, outcome.forgotten);
  writeTurns(options, draft);
  writeTickets(options, outcome.tickets, {
    atMs,
    ...(evidence && { evidence: database.evidence.freeze(evidence) }),
  });
  fileIncidents(database, {
    instance: instance.id,
    ties: observed.checkup?.picture.links ?? memory.structure?.links ?? [],
    atMs,
    actor,
    reason: "Tickets opened that belong together",
  });
  closeIncidents(options, draft.verified, atMs);
  if (observed.checkup) writePicture(options, memory, { ...observed.checkup.picture, atMs });
  database.samples.append(instance.id, atMs, samples);
  writeCheckup(options, memory, draft);
}

function writeTurns({ database, instance }: CheckupOptions, { atMs, outcome }: Draft): void {
  for (const { track, from, judgement } of outcome.turns) {
    const { invariant, entity, on, verdict, summary } = track;
    const figures = judgement?.evidence ?? {};
    const change = { instance: instance.id, atMs, invariant, entity, on, to: verdict, summary, figures };
    database.verdicts.add({ ...change, ...(from && { from }) });
  }
}

type Stamp = Pick<NewTicket, "atMs" | "evidence">;

function writeTickets(options: CheckupOptions, events: readonly TicketEvent[], stamp: Stamp): void {
  const { database, instance, actor } = options;
  const termsFor = termsOf(options);
  for (const { change, track, judgement, reason } of events) {
    const newest = change === "opened" ? undefined : database.tickets.newest(instance.id, track);
    if (change === "resolved") {
      if (newest) database.tickets.change(newest.id, "resolved", { atMs: stamp.atMs, actor, reason });
      continue;
    }
    const { invariant, entity, on, violatedSinceMs = stamp.atMs } = track;
    const ticket: NewTicket = {
      ...stamp,
      invariant,
      entity,
      on,
      actor,
      reason,
      firstViolatedAtMs: violatedSinceMs,
      severity: termsFor(invariant).severity,
      summary: judgement?.summary ?? track.summary,
      figures: judgement?.evidence ?? {},
    };
    if (newest) database.tickets.reopen(newest.id, ticket);
    else database.tickets.open(instance.id, ticket);
  }
}

function writePicture(
  { database, instance }: CheckupOptions,
  { structure, described }: Memory,
  picture: Picture,
): void {
  if (!structure || !sameStructure(structure, picture)) database.pictures.add(instance.id, picture);
  const fresh = [...kindsOf(picture).values()].filter(({ name }) => !described.has(name));
  database.pictures.describe(instance.id, fresh);
}

function writeCheckup(
  { database, instance }: CheckupOptions,
  { tracks }: Memory,
  { atMs, observed, outcome }: Draft,
): void {
  const after = new Map(tracks);
  for (const track of outcome.changed) after.set(trackKey(track), track);
  for (const track of outcome.forgotten) after.delete(trackKey(track));
  const { elapsedMs, failed } = observed;
  const counts = countVerdicts(after.values());
  database.checkups.add({ instance: instance.id, atMs, elapsedMs, ...counts, ...(failed !== undefined && { failed }) });
}
