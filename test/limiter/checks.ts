/** Checks for tests of what decides them. */

import type { CheckRequest } from "../../src/limiter/decide/decision.ts";

/** A check of cost 1 against 5 units in 10 s, but for what is given. */
export function checkOf(change: Partial<CheckRequest> = {}): CheckRequest {
  return { key: "a", cost: 1, limit: 5, windowMs: 10_000, algorithm: "sliding-window", ...change };
}
