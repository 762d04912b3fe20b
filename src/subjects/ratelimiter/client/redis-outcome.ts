/** How a probe of Redis ended, by why Redis could not be used. */

import type { ProbeFailure } from "../../../core/words/probe-outcome.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";

/** All that is no error of a Redis that answers. */
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

/** How the probe ended: Redis answers in all other troubles that it cannot do what is asked. */
export function outcomeOf(trouble: RedisTrouble): ProbeFailure {
  return OUTCOMES.get(trouble) ?? "server-error";
}
