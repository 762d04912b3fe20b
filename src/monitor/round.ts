/** One round of a monitor: observe, judge, follow, gather, write. */

import { judgeAnswering } from "../core/blindness.ts";
import type { Checkup, SourceState } from "../core/checkup.ts";
import { followRound, type Round, type RoundOutcome } from "../core/round.ts";
import type { Session } from "../core/subject.ts";
import { trackKey } from "../core/track.ts";
import type { Lease } from "../database/mod.ts";
import { type Gathered, gatherEvidence, type Opening, withoutLogs } from "./freeze.ts";
import { closable, type Verified } from "./incidents.ts";
import { apply, type Memory, recall, termsOf, trackedEntities } from "./memory.ts";
import { type Observed, type Observer, observer } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";
import { kindsOf, type PictureSampler, pictureSampler } from "./picture-samples.ts";
import type { Tick } from "./schedule.ts";
import { standingOf } from "./standing.ts";
import { holdLease, writeRound } from "./write.ts";

/** A session under watch. */
export interface Watch {
  readonly session: Session;
  readonly options: CheckupOptions;
  readonly observe: Observer;
  readonly sampler: PictureSampler;
  /** Milliseconds that the lease lasts if it is not prolonged. */
  readonly leaseMs: number;
  /** Absent until the lease is held. */
  memory: Memory | undefined;
}

/** What a round came to. */
export interface RoundResult {
  readonly outcome: RoundOutcome;
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
    observe: observer(session, options),
    sampler: pictureSampler(),
  };
}

/** Observes once and writes what that comes to, unless another has taken the lease. */
export async function runRound(watch: Watch, tick: Tick): Promise<RoundResult> {
  const { session, options } = watch;
  const memory = (watch.memory ??= recall(options));
  const observed = await watch.observe(trackedEntities(memory));
  const round = roundOf(options, observed, tick);
  const outcome = follow(options, memory, round);
  const evidence = await gatherFor({ ...tick, observed, outcome }, session, options);
  const verified = await verify(options, observed, outcome);
  const samples = observed.checkup ? watch.sampler(observed.checkup.picture) : [];
  const draft = { atMs: tick.atMs, observed, evidence, verified, samples };
  const written = options.database.transact(() => {
    const lease = holdLease(options, watch.leaseMs);
    if (lease.holder !== options.actor) return { heldBy: lease, memory, outcome };
    const current = upToDate(options, memory);
    const final = current === memory ? outcome : follow(options, current, round);
    writeRound(options, current, { ...draft, ...evidenceOf(draft, final, options), outcome: final });
    return { memory: current, outcome: final };
  });
  if ("heldBy" in written) watch.memory = undefined;
  else watch.memory = remembered(written.memory, written.outcome, { tick, observed });
  const { outcome: final, heldBy } = { heldBy: undefined, ...written };
  return { outcome: final, ...(observed.checkup && { checkup: observed.checkup }), ...(heldBy && { heldBy }) };
}

function roundOf(options: CheckupOptions, { checkup, failed, unrecorded }: Observed, tick: Tick): Round {
  const sources: readonly SourceState[] = [
    ...(checkup?.sources ?? []),
    ...(options.record ? [{ name: "recorder", ...(unrecorded !== undefined && { failed: unrecorded }) }] : []),
  ];
  const { name } = options.instance;
  return {
    atMs: tick.atMs,
    restart: tick.stepped,
    judgements: [
      ...(checkup?.judgements ?? []),
      ...judgeAnswering({ name, sources, ...(failed !== undefined && { failed }) }),
    ],
    retired: checkup?.retired ?? [],
    expected: new Set(checkup?.topology.components.map(({ id }) => id)),
    ...(failed !== undefined && { failed }),
  };
}

/** A clock that was put back while nobody watched counts as a step, too. */
function follow(options: CheckupOptions, { tracks, lastAtMs }: Memory, round: Round): RoundOutcome {
  const termsFor = termsOf(options);
  const restart = round.restart || round.atMs < lastAtMs;
  return followRound(tracks, { ...round, restart }, (invariant) => termsFor(invariant).rules);
}

interface Followed {
  readonly atMs: number;
  readonly observed: Observed;
  readonly outcome: RoundOutcome;
}

function gatherFor(followed: Followed, session: Session, options: CheckupOptions): Promise<Gathered> | undefined {
  const opening = openingOf(followed);
  return opening.tracks.length > 0 ? gatherEvidence(session, opening, options) : undefined;
}

function openingOf({ atMs, observed, outcome }: Followed): Opening {
  const opening = outcome.tickets.filter(({ change }) => change !== "resolved");
  return { atMs, observed, tracks: opening.map(({ track }) => track) };
}

/** A person's word in between may open what was not going to open: then without the logs. */
function evidenceOf(
  { evidence, ...draft }: Omit<Followed, "outcome"> & { readonly evidence: Gathered | undefined },
  outcome: RoundOutcome,
  options: CheckupOptions,
): { readonly evidence: Gathered | undefined } {
  const opening = openingOf({ ...draft, outcome });
  return { evidence: opening.tracks.length > 0 ? (evidence ?? withoutLogs(opening, options)) : undefined };
}

async function verify(
  options: CheckupOptions,
  { checkup }: Observed,
  { tickets }: RoundOutcome,
): Promise<readonly Verified[]> {
  if (!checkup) return [];
  const resolving = new Set(tickets.filter(({ change }) => change === "resolved").map(({ track }) => trackKey(track)));
  return Promise.all(
    closable(options, resolving).map(async (incident) => ({
      incident,
      standing: await standingOf(incident, checkup, options),
    })),
  );
}

function upToDate(options: CheckupOptions, memory: Memory): Memory {
  return options.database.instances.revision(options.instance.id) === memory.revision ? memory : recall(options);
}

interface Passed {
  readonly tick: Tick;
  readonly observed: Observed;
}

/** Only what is written is remembered. */
function remembered(memory: Memory, outcome: RoundOutcome, { tick, observed }: Passed): Memory {
  apply(memory, outcome);
  const picture = observed.checkup?.picture;
  if (picture) for (const name of kindsOf(picture).keys()) memory.described.add(name);
  return { ...memory, lastAtMs: tick.atMs, structure: picture ?? memory.structure };
}
