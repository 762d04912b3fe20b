import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as v from "valibot";
import { checkReply } from "../../../src/limiter/api/check-fields.ts";
import type { Decision } from "../../../src/limiter/decide/decision.ts";

const WINDOW_MS = 86_400_000;
const Body = v.object({ retry_after_seconds: v.number(), reset_seconds: v.number() });

/** Decisions whose times may be up to three windows, as an algorithm that estimates has them. */
const decisions = fc.integer({ min: 1, max: WINDOW_MS }).chain((windowMs) => {
  const us = fc.integer({ min: 0, max: 3000 * windowMs });
  const decision = fc.record({ allowed: fc.boolean(), retryAfterUs: us, moreQuotaUs: us, resetUs: us });
  return decision.map((times): [number, Decision] => [windowMs, { ...times, limit: 5, count: 3, source: "redis" }]);
});

test("checkReply() tells no time until quota that is longer than the window, and no wait that ends too early", async () => {
  await fc.assert(
    fc.asyncProperty(decisions, async ([windowMs, decision]) => {
      const reply = checkReply(decision, { windowMs });

      const { headers } = reply;
      const [, window = ""] = /;w=(\d+)$/.exec(headers.get("ratelimit-policy") ?? "") ?? [];
      const [, moreQuota = ""] = /;t=(\d+)$/.exec(headers.get("ratelimit") ?? "") ?? [];
      const { retry_after_seconds, reset_seconds } = v.parse(Body, await reply.json());
      expect(Number(moreQuota)).toBeLessThanOrEqual(Number(window));
      expect(Number(headers.get("x-ratelimit-reset"))).toBeLessThanOrEqual(Number(window));
      expect(reset_seconds).toBeLessThanOrEqual(windowMs / 1000);
      // No decimal fraction is exact.
      expect(retry_after_seconds * 1_000_000).toBeGreaterThan(decision.retryAfterUs - 0.001);
      const wait = headers.get("retry-after");
      expect(wait === null).toBe(decision.allowed);
      if (wait === null) return;
      expect(Number(wait) * 1_000_000).toBeGreaterThanOrEqual(decision.retryAfterUs);
      expect(Number(wait)).toBeGreaterThanOrEqual(Math.max(1, Number(moreQuota)));
    }),
  );
});

test("checkReply() tells every answer by itself, also where two tell the same quota", () => {
  const decision = { allowed: false, limit: 5, count: 5, retryAfterUs: 1, moreQuotaUs: 1, resetUs: 1 };
  const [one, two] = [60_000, 60_000].map((windowMs) => checkReply({ ...decision, source: "redis" }, { windowMs }));

  one?.headers.set("Retry-After", "9");
  const other = checkReply({ ...decision, source: "redis" }, { windowMs: 30_000 });

  expect([two, other].map((reply) => reply?.headers.get("retry-after"))).toEqual(["1", "1"]);
  expect(other.headers.get("ratelimit-policy")).toBe('"default";q=5;w=30');
});

test("checkReply() tells the whole window of a first check whose algorithm waits a moment longer", () => {
  const decision = { allowed: true, limit: 5, count: 1, retryAfterUs: 0, moreQuotaUs: 1_000_001, resetUs: 1_000_001 };

  const { headers } = checkReply({ ...decision, source: "redis" }, { windowMs: 1000 });

  expect(headers.get("x-ratelimit-reset")).toBe("1");
  expect(headers.get("ratelimit")).toBe('"default";r=4;t=1');
});
