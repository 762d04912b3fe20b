/** What is done with a session that has just been opened: it is given a past. */

import type { OpenSubject } from "./subjects/open-subject.ts";

/** Rates need two looks. */
const APART_MS = 1000;
const PRIMING_MS = 10_000;

/**
 * Gives a session that has just been opened a past: a look, at whatever was followed before too, and two points of every
 * series. What fails will fail again.
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
