/** What clients are told by the real scripts: never more than a window until quota, and never too short a wait. */

import { afterAll, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ALGORITHMS, type Algorithm } from "../../lua/algorithms.ts";
import { checkReply } from "../../src/limiter/api/check-fields.ts";
import { SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { connectForTest } from "./redis-clock.ts";
import { callAt, inVirtualTime } from "./virtual-time.ts";

const START_US = 1_700_000_000_000_000;
/** The stamps of the last two are milliseconds and seconds. */
const WINDOWS_MS = [300, 10_000, 3_600_000, 30 * 86_400_000];

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

/** Makes checks of one key at times of the test's own, and answers them as a node does. */
function checks(algorithm: Algorithm, { limit, windowMs }: { readonly limit: number; readonly windowMs: number }) {
  const script = inVirtualTime(SCRIPTS[algorithm]);
  const key = `key ${keys++}`;
  return async (us: number, cost: number) => {
    const args = [limit, windowMs * 1000, cost, 1];
    const reply = await callAt(client, script, { keys: [key], args, atUs: START_US + us });
    const [, retryAfterUs = 0, count = 0, moreQuotaUs = 0, resetUs = 0] = reply;
    const allowed = retryAfterUs === 0;
    const decision = { allowed, limit, count, retryAfterUs, moreQuotaUs, resetUs, source: "redis" } as const;
    const { headers } = checkReply(decision, { windowMs });
    const untilQuota = Number(/t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);
    return { allowed, untilQuota, reset: Number(headers.get("x-ratelimit-reset")), wait: headers.get("retry-after") };
  };
}

test.each(ALGORITHMS)(
  "by %s, t and X-RateLimit-Reset never exceed the window, and after Retry-After the cost is allowed",
  async (algorithm) => {
    const taken = fc.array(
      fc.record({
        gap: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.4, noNaN: true })),
        cost: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    const rule = fc.record({ limit: fc.constantFrom(4, 10, 100_000), windowMs: fc.constantFrom(...WINDOWS_MS) });
    await fc.assert(
      fc.asyncProperty(rule, taken, async ({ limit, windowMs }, steps) => {
        const check = checks(algorithm, { limit, windowMs });
        const unit = Math.floor(limit / 4);
        let us = 0;

        const answers = [];
        for (const { gap, cost } of steps)
          answers.push(await check((us += Math.floor(gap * windowMs * 1000)), cost * unit));
        const { wait } = await check(us, limit);
        const later = wait === null ? undefined : await check(us + Number(wait) * 1_000_000, limit);

        const window = Math.ceil(windowMs / 1000);
        expect(Math.max(...answers.flatMap(({ untilQuota, reset }) => [untilQuota, reset]))).toBeLessThanOrEqual(
          window,
        );
        expect(later?.allowed ?? true).toBe(true);
      }),
      { numRuns: 40 },
    );
  },
  30_000,
);
