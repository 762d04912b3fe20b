import { expect, test } from "bun:test";
import { LatencyHistogram } from "../../../src/limiter/latency/latency-histogram.ts";

test("LatencyHistogram counts into cumulative buckets up to infinity", () => {
  const histogram = new LatencyHistogram("x_seconds", "Time");
  for (const durationMs of [0.05, 0.2, 5, 2000]) histogram.observe(durationMs);

  const lines = histogram.exposition().split("\n");

  expect(lines.slice(0, 2)).toEqual(["# HELP x_seconds Time", "# TYPE x_seconds histogram"]);
  expect(lines).toContain('x_seconds_bucket{le="5e-05"} 1');
  expect(lines).toContain('x_seconds_bucket{le="0.0001"} 1');
  expect(lines).toContain('x_seconds_bucket{le="0.00025"} 2');
  expect(lines).toContain('x_seconds_bucket{le="0.005"} 3');
  expect(lines).toContain('x_seconds_bucket{le="1.0"} 3');
  expect(lines).toContain('x_seconds_bucket{le="+Inf"} 4');
  expect(lines).toContain("x_seconds_sum 2.00525");
  expect(lines).toContain("x_seconds_count 4");
});
