/** How far the clock of what answered is from this machine's, by the `Date` header of its answer. */

import type { HttpReply } from "./http.ts";

/** A header names a whole second, and some servers write it anew only once a second. */
const RESOLUTION_MS = 2000;

/**
 * Milliseconds, at least so far from 0, positive where the other clock is ahead; 0 where the clocks may agree. `undefined`
 * where the answer does not tell: it has no such header, or comes from a cache, which tells the time at which it was filled.
 */
export function clockOffsetOf({ headers, transcript }: Pick<HttpReply, "headers" | "transcript">): number | undefined {
  const saidMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(saidMs) || headers.has("age")) return undefined;
  const { sentAtMs, headMs, endedMs } = transcript;
  const leastMs = saidMs - (sentAtMs + (headMs ?? endedMs));
  const mostMs = saidMs + RESOLUTION_MS - sentAtMs;
  if (leastMs > 0) return Math.round(leastMs);
  return mostMs < 0 ? Math.round(mostMs) + 0 : 0;
}
