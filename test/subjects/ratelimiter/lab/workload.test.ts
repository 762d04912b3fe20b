import { describe, expect, test } from "bun:test";
import type { Answer, Exchange } from "../../../../src/core/subject/workload.ts";
import { systemClock } from "../../../../src/io/clock.ts";
import { runLoad } from "../../../../src/load/run.ts";
import { readTarget } from "../../../../src/load/target.ts";
import { checks } from "../../../../src/subjects/ratelimiter/lab/workload.ts";

describe("checks()", () => {
  test("asks for a key, and for no more than it was told to", () => {
    const plain = checks({ check: false }).request(7);
    const full = checks({ check: false, cost: 2, limit: 10, windowMs: 500 }).request(7);

    expect(plain).toEqual({ method: "POST", path: "/check", body: '{"key":"load-7"}' });
    expect(JSON.parse(full.body ?? "")).toEqual({ key: "load-7", cost: 2, limit: 10, window_ms: 500 });
  });

  test.each([
    [200, { allowed: true, limit: 5 }, { outcome: "allowed", correct: true, degraded: false }],
    [429, { allowed: false, limit: 5 }, { outcome: "limited", correct: true, degraded: false }],
    [200, { allowed: true, limit: 5, degraded: true }, { outcome: "allowed", correct: true, degraded: true }],
    [503, { allowed: false, limit: 5 }, { outcome: "status-503", correct: false, degraded: false }],
    [200, { allowed: false, limit: 5 }, { outcome: "malformed", correct: false, degraded: false }],
    [429, { limit: 5 }, { outcome: "malformed", correct: false, degraded: false }],
    [200, "<html>", { outcome: "malformed", correct: false, degraded: false }],
  ])("reads %d with %o", (status, body, reading) => {
    expect(checks({ check: true }).read(exchange({ status, body }))).toEqual(reading);
  });

  test("has no verdict unless it is asked to check", () => {
    expect("verdict" in checks({ check: false })).toBe(false);
  });

  test("holds while no key gets more than its limit", () => {
    const workload = checks({ check: true });
    for (let at = 0; at < 5; at++) workload.read(exchange({ sentMs: at }));
    workload.read(exchange({ status: 429, body: { allowed: false, limit: 5 } }));

    expect(workload.verdict?.()).toMatchObject({
      verdict: "holds",
      evidence: { answers: 6, admissionsJudged: 5, admissionsUnjudged: 0, offences: 0 },
    });
  });

  test("is violated by one admission too many, units counted by cost", () => {
    const workload = checks({ check: true, cost: 2 });
    for (let at = 0; at < 3; at++) workload.read(exchange({ sentMs: at }));

    expect(workload.verdict?.()).toEqual({
      verdict: "violated",
      summary:
        'Keys that were allowed more than their limit: 1; the worst: "load-0" got 6 within 59s, expected at most 5',
      evidence: {
        answers: 3,
        admissionsJudged: 3,
        admissionsUnjudged: 0,
        offences: 1,
        worstKey: "load-0",
        worstUnits: 6,
        worstLimit: 5,
        windowMs: 59_000,
      },
    });
  });

  test.each([
    ["what was asked for, when the policy agrees", 1500, 2, "violated"],
    ["the policy, when a limit of the key outranks what was asked for", 60_000, 2, "holds"],
  ] as const)("takes for the window %s", (_name, windowMs, seconds, verdict) => {
    const workload = checks({ check: true, windowMs });
    for (let at = 0; at < 6; at++) {
      workload.read(exchange({ sentMs: at * 280, policy: `"default";q=5;w=${seconds}` }));
    }

    expect(workload.verdict?.().verdict).toBe(verdict);
  });

  test.each([undefined, '"default";q=5', '"default";q=5;w=1'])("cannot tell with policy %p", (policy) => {
    const workload = checks({ check: true });
    workload.read(exchange({ policy }));

    expect(workload.verdict?.()).toMatchObject({ verdict: "unknown", evidence: { admissionsUnjudged: 1 } });
  });

  test("cannot tell when nothing was answered", () => {
    const workload = checks({ check: true });
    workload.read(exchange({ status: 500 }));

    expect(workload.verdict?.().verdict).toBe("unknown");
  });

  test.each([
    ["holds", 20],
    ["violated", 25],
  ] as const)("%s against a server that admits %d of 20 in a window", async (verdict, admits) => {
    const counts = new Map<string, number>();
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const body = await request.text();
        const count = (counts.get(body) ?? 0) + 1;
        counts.set(body, count);
        const allowed = count <= admits;
        const headers = { "RateLimit-Policy": '"default";q=20;w=60' };
        return Response.json({ allowed, limit: 20 }, { status: allowed ? 200 : 429, headers });
      },
    });

    const report = await runLoad(
      {
        workload: checks({ check: true }),
        targets: [readTarget(server.url.href)],
        pattern: "steady",
        ratePerSecond: 1000,
        forMs: 300,
        factor: 1,
        everyMs: 1,
        burstMs: 1,
        windowMs: 60_000,
        keys: 3,
        closed: false,
        connections: 8,
        timeoutMs: 5000,
        seed: 1,
      },
      { clock: systemClock, signal: new AbortController().signal },
    );

    expect(report.check?.verdict).toBe(verdict);
    expect(report.outcomes).toEqual({ allowed: 3 * admits, limited: 300 - 3 * admits });
    expect(report.failed).toBe(0);
  });
});

interface Sample {
  readonly status?: number;
  readonly body?: unknown;
  readonly sentMs?: number;
  readonly policy?: string | undefined;
}

function exchange(sample: Sample): Exchange {
  const { status = 200, body = { allowed: true, limit: 5 }, sentMs = 0 } = sample;
  const policy = "policy" in sample ? sample.policy : '"default";q=5;w=60';
  const answer: Answer = {
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    header: (name) => (name === "ratelimit-policy" ? policy : undefined),
  };
  return { key: 0, sentMs, receivedMs: sentMs + 1, answer };
}
