/** One round of a monitor: observe, judge, follow, gather, write. */

import type { Checkup, InvariantJudgement, SourceState } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import type { Picture } from "../core/system/picture.ts";
import type { Gap } from "../core/tickets/entity-state.ts";
import { followRound, type Round, type RoundOutcome } from "../core/tickets/round.ts";
import { roundKeys } from "../core/tickets/round-keys.ts";
import { judgeAnswering } from "../core/tickets/self-check.ts";
import { ticketKey } from "../core/tickets/ticket-record.ts";
import type { Lease } from "../database/mod.ts";
import { freeMemory } from "../io/system/memory.ts";
import { type Verified, verifyRecovering } from "./close-incidents.ts";
import { gatherEvidence, type Opening, withoutLogs } from "./freeze.ts";
import { healthyInspector } from "./inspect.ts";
import { apply, countsAfter, type Memory, recall, termsOf, trackedEntities } from "./memory.ts";
import { type Observed, observe } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";
import { kindsOf, type PictureSampler, pictureSampler } from "./picture-samples.ts";
import { unrelatedTickets } from "./reopening.ts";
import type { Tick } from "./schedule.ts";
import { type Draft, holdLease, type PackedDraft, packRound, writeRound } from "./write.ts";

/** A session under watch. */
export interface Watch {
  readonly session: Session;
  readonly options: CheckupOptions;
  readonly sampler: PictureSampler;
  /** Called after each round; now and then reads the inspections of a system that is well. */
  readonly inspectHealthy: (isWell: () => boolean, picture: Picture) => void;
  /** Milliseconds that the lease lasts if it is not prolonged. */
  readonly leaseMs: number;
  /** Absent until the lease is held. */
  memory: Memory | undefined;
}

/** What a round came to. */
export interface RoundResult {
  readonly outcome: RoundOutcome;
  /** All that was said, of the answering itself too. */
  readonly said: readonly InvariantJudgement[];
  /** Absent where nothing was observed. */
  readonly checkup?: Checkup;
  /** Who holds the lease, where it is another; nothing was written then. */
  readonly heldBy?: Lease;
}

/** A watch with nothing in memory yet. */
export function startWatch(session: Session, options: CheckupOptions, leaseMs: number): Watch {
  return {
    session,
    options,
    leaseMs,
    memory: undefined,
    sampler: pictureSampler(),
    inspectHealthy: healthyInspector(session, options),
  };
}

/** Judgements of a round from which what it leaves behind is worth the tens of milliseconds that freeing it takes. */
const MANY_JUDGEMENTS = 5000;

/** Observes once and writes what that comes to, unless another has taken the lease. */
export async function runRound(watch: Watch, tick: Tick): Promise<RoundResult> {
  const { options } = watch;
  const memory = (watch.memory ??= recall(options));
  const prepared = await prepare(watch, memory, tick);
  const { checkup } = prepared.observed;
  const { heldBy, ...written } = options.database.transact(() => commit(watch, memory, prepared));
  watch.memory = heldBy ? undefined : remembered(written, prepared);
  const { memory: after } = watch;
  if (checkup && after) watch.inspectHealthy(() => isWell(after), checkup.picture);
  const said = prepared.round.judgements;
  if (said.length > MANY_JUDGEMENTS) freeMemory();
  return { outcome: written.outcome, said, ...(checkup && { checkup }), ...(heldBy && { heldBy }) };
}

function isWell({ counts, tickets }: Memory): boolean {
  if (counts.violated > 0) return false;
  return tickets.values().every(({ state }) => state !== "open");
}

/** All that takes time, done before the file is locked. */
interface Prepared extends PackedDraft {
  readonly round: Round;
}

async function prepare(watch: Watch, memory: Memory, tick: Tick): Promise<Prepared> {
  const { session, options, sampler } = watch;
  const { atMs } = tick;
  const observed = await observe(session, trackedEntities(memory), options);
  const { round, outcome } = await followed(watch, observed, { tick, memory });
  const opening = openingOf({ atMs, observed, outcome });
  const evidence = opening.entityStates.length > 0 ? await gatherEvidence(session, opening, options) : undefined;
  const verified = await verify(options, observed, outcome);
  const samples = observed.checkup ? sampler(observed.checkup.picture) : [];
  return { round, ...packRound(options, memory, { atMs, observed, outcome, evidence, verified, samples }) };
}

/** Where tickets would open again, looks first whether what caused them before is back. */
async function followed(
  { options, ...watch }: Watch,
  observed: Observed,
  due: Due,
): Promise<{ readonly round: Round; readonly outcome: RoundOutcome }> {
  const round = roundOf({ options, ...watch }, observed, due);
  const outcome = follow(options, due.memory, round);
  const unrelated = observed.checkup ? await unrelatedTickets(options, observed.checkup, outcome) : new Set<string>();
  if (unrelated.size === 0) return { round, outcome };
  const again = { ...round, unrelated };
  return { round: again, outcome: follow(options, due.memory, again) };
}

interface Committed {
  readonly memory: Memory;
  readonly outcome: RoundOutcome;
  readonly heldBy?: Lease;
}

/** Follows the round again where a person has changed a ticket meanwhile. */
function commit({ options, leaseMs }: Watch, memory: Memory, prepared: Prepared): Committed {
  const lease = holdLease(options, leaseMs);
  if (lease.holder !== options.actor) return { memory, outcome: prepared.outcome, heldBy: lease };
  const { database, instance } = options;
  if (database.instances.revision(instance.id) === memory.revision) {
    writeRound(options, memory, prepared);
    return { memory, outcome: prepared.outcome };
  }
  const current = recall(options);
  const outcome = follow(options, current, prepared.round);
  const opening = openingOf({ ...prepared, outcome });
  // What opens only by the person's word comes without its logs: there is no waiting any more.
  const evidence = opening.entityStates.length > 0 ? (prepared.evidence ?? withoutLogs(opening, options)) : undefined;
  writeRound(options, current, packRound(options, current, { ...prepared, outcome, evidence }));
  return { memory: current, outcome };
}

interface Due {
  readonly tick: Tick;
  readonly memory: Memory;
}

function roundOf(watch: Watch, { checkup, failed, unrecorded }: Observed, { tick, memory }: Due): Round {
  const { options, leaseMs } = watch;
  // Where all that is recorded is down, that is said of each, and of the recorder nothing is known.
  const isRecording = options.record && !(unrecorded !== undefined && areRecordedDown(watch, checkup));
  const sources: readonly SourceState[] = [
    ...(checkup?.sources ?? []),
    ...(isRecording ? [{ name: "recorder", ...(unrecorded !== undefined && { failed: unrecorded }) }] : []),
  ];
  const { name } = options.instance;
  const said = checkup?.judgements ?? [];
  const answering = judgeAnswering({ name, sources, atMs: tick.atMs, ...(failed !== undefined && { failed }) });
  const judgements = [...said, ...answering];
  return {
    atMs: tick.atMs,
    gap: gapBefore(tick, memory, leaseMs),
    judgements,
    keys: roundKeys(judgements, memory.keys),
    repeated: repeatedOf(said, memory),
    retired: checkup?.retired ?? [],
    expected: new Set(checkup?.topology.components.map(({ id }) => id)),
    ...(failed !== undefined && { failed }),
  };
}

function areRecordedDown({ session }: Watch, checkup: Checkup | undefined): boolean {
  const down = new Set(checkup?.picture.components.filter(({ state }) => state === "down").map(({ id }) => id));
  const recorded = session.scrapes();
  return recorded.length > 0 && recorded.every(({ component }) => down.has(component));
}

/** Invariants that rest on no newer reading than when they were last judged. */
function repeatedOf(judgements: readonly InvariantJudgement[], { readAtMs }: Memory): ReadonlySet<string> {
  const repeated = judgements.filter((judgement) => judgement.readAtMs === readAtMs.get(judgement.invariant));
  return new Set(repeated.map(({ invariant }) => invariant));
}

/**
 * The time since the last look, where nobody watched for longer than the lease lasts or the clock was set; one that was put
 * back while nobody watched was set, too.
 */
function gapBefore({ atMs, stepped }: Tick, { lastAtMs }: Memory, leaseMs: number): Gap | undefined {
  if (lastAtMs === Number.NEGATIVE_INFINITY) return undefined;
  if (stepped || atMs < lastAtMs) return { fromMs: lastAtMs, toMs: atMs, stepped: true };
  return atMs - lastAtMs > leaseMs ? { fromMs: lastAtMs, toMs: atMs, stepped: false } : undefined;
}

function follow(options: CheckupOptions, { entityStates, tickets }: Memory, round: Round): RoundOutcome {
  const termsFor = termsOf(options);
  return followRound({ states: entityStates, tickets }, round, (invariant) => termsFor(invariant).rules);
}

function openingOf({ atMs, observed, outcome }: Pick<Draft, "atMs" | "observed" | "outcome">): Opening {
  const opening = outcome.tickets.filter(({ change }) => change === "opened" || change === "reopened");
  return { atMs, observed, entityStates: opening.flatMap(({ entities }) => entities) };
}

async function verify(
  options: CheckupOptions,
  { checkup }: Observed,
  { tickets }: RoundOutcome,
): Promise<readonly Verified[]> {
  if (!checkup) return [];
  const resolving = new Set(
    tickets.filter(({ change }) => change === "resolved").map(({ record }) => ticketKey(record)),
  );
  return verifyRecovering(options, checkup, resolving);
}

/** Only what is written is remembered. */
function remembered({ memory, outcome }: Committed, { atMs, observed, round }: Prepared): Memory {
  const counts = countsAfter(memory, outcome);
  apply(memory, outcome);
  const picture = observed.checkup?.picture;
  if (picture) for (const name of kindsOf(picture).keys()) memory.described.add(name);
  for (const { invariant, readAtMs } of observed.checkup?.judgements ?? []) memory.readAtMs.set(invariant, readAtMs);
  return { ...memory, counts, fresh: false, lastAtMs: atMs, keys: round.keys, structure: picture ?? memory.structure };
}
