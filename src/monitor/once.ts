/** A single checkup, for `--once`: written like any other, and summed up in one verdict. */

import type { Checkup } from "../core/subject/checkup.ts";
import type { Session } from "../core/subject/subject.ts";
import { type EntityState, entityKey } from "../core/tickets/entity-state.ts";
import { overallVerdict } from "../core/tickets/overall.ts";
import { monitorLease } from "../core/words/lease.ts";
import type { Verdict } from "../core/words/verdict.ts";
import type { Lease } from "../database/mod.ts";
import type { CheckupOptions } from "./options.ts";
import { type RoundResult, runRound, startWatch } from "./round.ts";

/** What a single checkup came to. */
export interface OnceResult {
  /** Violated where anything is, else unknown where anything is. */
  readonly verdict: Verdict;
  /** What is said of every entity that is followed, by invariant and entity. */
  readonly entityStates: readonly EntityState[];
  /** Absent where nothing was observed. */
  readonly checkup?: Checkup;
  /** The monitor that holds the instance; nothing was written then. */
  readonly heldBy?: Lease;
}

/** A past older than this says nothing of rates. */
const RECENT_MS = 60_000;

/** Rates need two observations. */
const APART_MS = 1000;

const LEASE_MS = 30_000;

/** Checks once; without a recent past twice, a second apart, of which the second counts. */
export async function checkOnce(session: Session, options: CheckupOptions): Promise<OnceResult> {
  const { database, instance, clock, actor, signal } = options;
  // What the watch reads beside its rounds ends with the last of them.
  const ended = new AbortController();
  const watch = startWatch(session, { ...options, signal: AbortSignal.any([signal, ended.signal]) }, LEASE_MS);
  const round = (): Promise<RoundResult> => runRound(watch, { atMs: Math.round(clock.now()), stepped: false });
  const lastAtMs = database.checkups.latest(instance.id)?.atMs ?? Number.NEGATIVE_INFINITY;
  const known = new Map(
    database.entityStates.load(instance.id).map((entityState) => [entityKey(entityState), entityState]),
  );
  try {
    if (Math.abs(clock.now() - lastAtMs) > RECENT_MS) {
      follow(known, await round());
      await clock.sleep(APART_MS, signal);
    }
    const result = await round();
    follow(known, result);
    const said = new Map(result.said.map((judgement) => [entityKey(judgement), judgement.summary]));
    // A track keeps the first words of its verdict, which a look of long ago may have said.
    const entityStates = [...known].map(([key, entityState]) => ({
      ...entityState,
      summary: said.get(key) ?? entityState.summary,
    }));
    const { checkup, heldBy } = result;
    return {
      verdict: overallVerdict(entityStates),
      entityStates,
      ...(checkup && { checkup }),
      ...(heldBy && { heldBy }),
    };
  } finally {
    ended.abort();
    database.leases.release(monitorLease(instance.id), actor);
  }
}

function follow(known: Map<string, EntityState>, { outcome }: RoundResult): void {
  for (const entityState of outcome.changed) known.set(entityKey(entityState), entityState);
  for (const entityState of outcome.forgotten) known.delete(entityKey(entityState));
}
