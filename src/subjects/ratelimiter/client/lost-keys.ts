/** Keys that vanished although their time was not over: neither expired nor evicted, so that somebody or a restart removed them. */

import type { RedisReading } from "./redis-client.ts";

/** What two readings are compared by. */
type Counted = Pick<
  RedisReading,
  "address" | "startedAtMs" | "keys" | "expiredKeys" | "evictedKeys" | "primaries" | "lostKeys"
>;

/** Keys, and share of all keys, that must have vanished between two readings: single keys are deleted when a counter is reset. */
const LEAST = { keys: 3, ratio: 0.2 } as const;

/** Keys that vanished in this way since the first reading; of what was added meanwhile nothing is known, so that there may be more. */
export function lostKeysOf(now: Counted, before: Counted | undefined): number {
  const lost = before?.lostKeys ?? 0;
  if (!before || placesOf(now) !== placesOf(before)) return lost;
  const { keys: had = 0 } = before;
  const gone = had - (now.keys ?? had) - givenUp(now, before);
  return gone >= LEAST.keys && gone >= had * LEAST.ratio ? lost + gone : lost;
}

/** Those that Redis gave up itself; after a restart it counts from zero. */
function givenUp(now: Counted, before: Counted): number {
  if (now.startedAtMs !== before.startedAtMs) return 0;
  const rise = (name: "expiredKeys" | "evictedKeys"): number => (now[name] ?? 0) - (before[name] ?? 0);
  return rise("expiredKeys") + rise("evictedKeys");
}

/** Which servers a reading adds up. */
function placesOf({ address = "", primaries = [] }: Counted): string {
  const answering = primaries.filter(({ failure }) => failure === undefined);
  return [address, ...answering.map((primary) => primary.address)].join(" ");
}
