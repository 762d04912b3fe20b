/** Gives a newly opened session some history. */

import type { OpenSubject } from "./subjects/open-subject.ts";

/** Rates need two looks. */
const APART_MS = 1000;
const PRIMING_MS = 10_000;

/**
 * Gives a newly opened session some history: a look, including formerly tracked entities, and two points of every
 * series. Failures are ignored, since they will show again.
 */
export async function warmUp({ session, monitoring }: OpenSubject, signal: AbortSignal): Promise<void> {
  const { record, clock, database, instance } = monitoring;
  const tracked = database.entityStates.load(instance.id).map(({ entity }) => entity);
  const within = AbortSignal.any([signal, AbortSignal.timeout(PRIMING_MS)]);
  const look = session.look({ signal: within, tracked });
  await Promise.allSettled([look, record?.(within)]);
  await clock.sleep(APART_MS, signal);
  await Promise.allSettled([record?.(within)]);
}
