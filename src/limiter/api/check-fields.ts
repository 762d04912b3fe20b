/** The header fields and the body of an answered check: `X-RateLimit-*`, `RateLimit` and `RateLimit-Policy` (draft 10), `Retry-After`. */

import type { Decision } from "../decide/decision.ts";

/** What an answer contains besides the decision. */
export interface CheckReplyOptions {
  readonly windowMs: number;
  /** Whether the key is blocked by management, regardless of its count. */
  readonly blocked?: boolean;
}

/** The answer to one check: 200, 429, or 503 where the node denies every key because Redis is unavailable. */
export function checkReply(decision: Decision, { windowMs, blocked }: CheckReplyOptions): Response {
  const { allowed, limit, count, source } = decision;
  const remaining = decision.remaining ?? Math.max(0, limit - count);
  // An algorithm may wait slightly longer than the window, to be safe; the quota headers stay within the policy.
  const moreQuota = Math.min(windowSeconds(windowMs), wholeSeconds(decision.moreQuotaUs));
  const reset = Math.min(windowSeconds(windowMs), wholeSeconds(decision.resetUs));
  const wait = allowed ? undefined : Math.max(1, moreQuota, wholeSeconds(decision.retryAfterUs));
  const headers = headersOf({ limit, windowMs, remaining, moreQuota, reset, wait });
  const own = source === "redis" || source === "cache" ? "" : `,"degraded":true,"source":"${source}"`;
  const reason = decision.withheld === undefined ? "" : `,"reason":"${decision.withheld}"`;
  const body =
    `{"allowed":${allowed},"limit":${limit},"current_count":${count},"remaining":${remaining},` +
    `"retry_after_seconds":${seconds(decision.retryAfterUs)},"reset_seconds":${Math.min(windowMs / 1000, seconds(decision.resetUs))}` +
    `${own}${reason}${blocked ? ',"blocked":true' : ""}}`;
  return new Response(body, { status: statusOf(decision), headers });
}

/** Values of header fields, times in whole seconds. */
interface Quota {
  readonly limit: number;
  readonly windowMs: number;
  readonly remaining: number;
  readonly moreQuota: number;
  readonly reset: number;
  /** Until a denied check may be repeated. */
  readonly wait: number | undefined;
}

/** Cached headers, by quota: most are needed again soon, and making them takes as long as the rest of an answer. */
const told = new Map<string, Headers>();
const MOST_TOLD = 4096;

function headersOf({ limit, windowMs, remaining, moreQuota, reset, wait }: Quota): Headers {
  const quota = `${remaining} ${moreQuota} ${reset} ${wait} ${limit} ${windowMs}`;
  const known = told.get(quota);
  if (known) return known;
  const headers = new Headers({
    "Content-Type": "application/json",
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": String(remaining),
    "X-RateLimit-Reset": String(reset),
    "RateLimit-Policy": policyField(limit, windowMs),
    RateLimit: `"default";r=${remaining};t=${moreQuota}`,
    ...(wait !== undefined && { "Retry-After": String(wait) }),
  });
  if (told.size >= MOST_TOLD) told.clear();
  told.set(quota, headers);
  return headers;
}

/** The `RateLimit-Policy` field of one limit: its quota, and its window in seconds, rounded up. */
export function policyField(limit: number, windowMs: number): string {
  return `"default";q=${limit};w=${windowSeconds(windowMs)}`;
}

/** Whether a denial says nothing about the key. */
export function isUnavailable({ source, withheld }: Decision): boolean {
  return source === "closed" || withheld === "no-register" || withheld === "just-started";
}

function statusOf(decision: Decision): number {
  if (decision.allowed) return 200;
  return isUnavailable(decision) ? 503 : 429;
}

function windowSeconds(windowMs: number): number {
  return Math.ceil(windowMs / 1000);
}

/** Rounded up, so that a client that waits that long is not early. */
function wholeSeconds(us: number): number {
  return Math.ceil(us / 1_000_000);
}

function seconds(us: number): number {
  return Math.ceil(us / 1000) / 1000;
}
