import { describe, expect, test } from "bun:test";
import type { LoadReport, LoadTick } from "../../../src/core/subject/load-report.ts";
import { flatTick, renderReport, renderTick } from "../../../src/render/lab/load.ts";

const TICK: LoadTick = {
  elapsedMs: 61_003,
  ratePerSecond: 1500,
  outcomes: { fine: 1400, refused: 98 },
  failed: 2,
  degraded: 0,
  p50Ms: 0.312,
  p99Ms: 12.5,
};

const REPORT: LoadReport = {
  workload: "checks",
  seed: 42,
  startedAtMs: 0,
  elapsedMs: 30_004,
  requests: 15_000,
  ratePerSecond: 499.9,
  outcomes: { fine: 12_000, refused: 2997 },
  failed: 3,
  failures: { "timed-out": 3 },
  degraded: 0,
  targets: [{ address: "127.0.0.1:8081", answered: 14_997, failed: 3 }],
  latencyMs: { mean: 0.5, p50: 0.4, p90: 0.8, p99: 1.5, p999: 3, max: 3.21 },
  histogram: [
    { fromMs: 0.256, toMs: 0.512, count: 14_000 },
    { fromMs: 0.512, toMs: 1.024, count: 0 },
    { fromMs: 1.024, toMs: 2.048, count: 7000 },
    { fromMs: 2.048, toMs: 4.096, count: 1 },
  ],
};

describe("renderTick()", () => {
  test("puts one second on one line", () => {
    expect(renderTick(TICK)).toBe("1m1s  1,500/s  fine 1,400  refused 98  failed 2  p50 0.31ms p99 12.5ms");
  });

  test("mentions degraded answers only when there are some", () => {
    expect(renderTick({ ...TICK, degraded: 7 })).toContain("failed 2  degraded 7  p50");
  });
});

describe("flatTick()", () => {
  test("puts the outcomes beside the figures", () => {
    expect(flatTick(TICK)).toEqual({
      elapsedMs: 61_003,
      ratePerSecond: 1500,
      fine: 1400,
      refused: 98,
      failed: 2,
      degraded: 0,
      p50Ms: 0.312,
      p99Ms: 12.5,
    });
  });
});

describe("renderReport()", () => {
  test("says what became of the requests, how long they took, and how to repeat them", () => {
    expect(renderReport(REPORT)).toEqual([
      '15,000 requests in 30s (499.9/s), workload "checks", seed 42',
      "",
      "  fine                  12,000    80.0 %",
      "  refused                2,997    20.0 %",
      "  failed                     3     0.0 %",
      "    timed-out                3     0.0 %",
      "",
      "Latency of correct answers, from when each request was due",
      "  mean 0.5ms  p50 0.4ms  p90 0.8ms  p99 1.5ms  p99.9 3ms  max 3.21ms",
      `  < 0.51ms    ${"#".repeat(40)} 14,000`,
      `  < 1.02ms    ${" ".repeat(40)} 0`,
      `  < 2.05ms    ${"#".repeat(20).padEnd(40)} 7,000`,
      `  < 4.1ms     ${".".padEnd(40)} 1`,
    ]);
  });

  test("ends with the verdict of the check", () => {
    const check = { verdict: "violated", summary: "Too many", evidence: {} } as const;

    expect(renderReport({ ...REPORT, check }).slice(-2)).toEqual(["", "Check violated: Too many"]);
  });

  test("tells several targets and degraded answers apart", () => {
    const targets = [...REPORT.targets, { address: "127.0.0.1:8082", answered: 0, failed: 1200 }];

    const lines = renderReport({ ...REPORT, targets, degraded: 5 });

    expect(lines).toContain("  127.0.0.1:8081         answered 14,997, failed 3");
    expect(lines).toContain("  127.0.0.1:8082         answered 0, failed 1,200");
    expect(lines).toContain("  degraded                   5     0.0 %");
  });

  test("does without latencies where nothing was answered", () => {
    const lines = renderReport({ ...REPORT, requests: 0, outcomes: {}, failed: 0, failures: {}, histogram: [] });

    expect(lines).toContain("  failed                     0");
    expect(lines.at(-1)).toBe("No latency: no correct answer was received");
  });
});
