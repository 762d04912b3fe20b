import { expect, test } from "bun:test";
import { clientP99Seconds } from "../../../../src/subjects/ratelimiter/client/client-latency.ts";

const CHECKS = { p50Seconds: 0.002, p99Seconds: 0.03, count: 100 };

test.each([
  ["a node that runs freely", 0, 0.03],
  ["a node whose waits are shorter than its slowest checks", 0.02, 0.03],
  ["a node that stalls", 0.24, 0.242],
  ["a node that tells no waits", undefined, 0.03],
])("clientP99Seconds() of %s", (_what, p99Seconds, seconds) => {
  const waits = p99Seconds === undefined ? undefined : { p99Seconds, count: 8000 };

  expect(clientP99Seconds(CHECKS, waits)).toBeCloseTo(seconds);
});

test("clientP99Seconds() of what nobody asked is unknown", () => {
  expect(clientP99Seconds({ count: 0 }, { p99Seconds: 0.24, count: 8000 })).toBeUndefined();
});
