/** What is done with a session that has just been opened: it is given a past, and where it looks can be named. */

import type { OpenSubject } from "./open-subject.ts";

/** Rates need two looks. */
const APART_MS = 1000;
const PRIMING_MS = 10_000;

/**
 * Gives a session that has just been opened a past: a look, at whatever was followed before too, and two points of every
 * series. What fails will fail again.
 */
export async function primePast({ session, monitoring }: OpenSubject, signal: AbortSignal): Promise<void> {
  const { record, clock, database, instance } = monitoring;
  const tracked = database.tracks.load(instance.id).map(({ entity }) => entity);
  const within = AbortSignal.any([signal, AbortSignal.timeout(PRIMING_MS)]);
  const look = session.look({ signal: within, tracked });
  await Promise.allSettled([look, record?.(within)]);
  await clock.sleep(APART_MS, signal);
  await Promise.allSettled([record?.(within)]);
}

/** Addresses at which a subject should be, and how one is brought up. */
export function whereaboutsOf({ target, session }: OpenSubject): string {
  const addresses = session.topology().components.flatMap(({ id, address }) => (address ? [`${address} (${id})`] : []));
  const { id } = target.subject;
  return `tried ${addresses.join(", ")}; "operator up ${id}" brings one up here, --endpoint says where else one is`;
}
