/** The outcome of a probe of Redis, by the reason why Redis could not be used. */

import type { ProbeFailure } from "../../../core/words/probe-outcome.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";

/** Troubles other than an error reply of Redis. */
const OUTCOMES: ReadonlyMap<RedisTrouble, ProbeFailure> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ENOTFOUND", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ETIMEDOUT", "timed-out"],
  ["silent", "timed-out"],
  ["not-connected", "timed-out"],
  ["ECONNRESET", "incomplete-answer"],
  ["NOAUTH", "refused-access"],
  ["WRONGPASS", "refused-access"],
  ["NOPERM", "refused-access"],
  ["DENIED", "refused-access"],
  ["tls", "foreign-answer"],
  ["certificate", "foreign-answer"],
  ["not-redis", "foreign-answer"],
  ["no-cluster", "foreign-answer"],
]);

/** The outcome of a probe: in all other troubles, Redis replies with an error. */
export function outcomeOf(trouble: RedisTrouble): ProbeFailure {
  return OUTCOMES.get(trouble) ?? "server-error";
}
