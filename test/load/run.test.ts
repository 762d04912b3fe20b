import { describe, expect, test } from "bun:test";
import type { LoadReport, LoadTick } from "../../src/core/subject/load-report.ts";
import type { Workload } from "../../src/core/subject/workload.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type LoadOptions, runLoad } from "../../src/load/run.ts";
import { answer, deadTarget, startAwkwardServer } from "./awkward-server.ts";

const OK = answer(200, "ok");

describe("runLoad()", () => {
  test("sends every arrival of the schedule once, to the targets in turn", async () => {
    using left = startAwkwardServer((socket) => void socket.write(OK));
    using right = startAwkwardServer((socket) => void socket.write(OK));

    const report = await run({ targets: [left.target, right.target], ratePerSecond: 400, forMs: 500 });

    expect(report).toMatchObject({ requests: 200, outcomes: { fine: 200 }, failed: 0, seed: 1, workload: "test" });
    expect([left.requests, right.requests]).toEqual([100, 100]);
    expect(report.targets).toEqual([
      { address: left.target.authority, answered: 100, failed: 0 },
      { address: right.target.authority, answered: 100, failed: 0 },
    ]);
  });

  test("repeats its choice of keys for one seed", async () => {
    using server = startAwkwardServer((socket) => void socket.write(OK));
    const options = { targets: [server.target], ratePerSecond: 1000, forMs: 50, connections: 1 };
    const sequences: number[][] = [[], []];

    for (const keys of sequences) {
      await run({ ...options, workload: { ...WORKLOAD, request: (key) => (keys.push(key), PLAIN) } });
    }

    expect(sequences[0]).toHaveLength(50);
    expect(sequences[1]).toEqual(sequences[0] ?? []);
  });

  test("keeps one request out on each connection in the closed loop", async () => {
    let out = 0;
    let most = 0;
    using server = startAwkwardServer(async (socket) => {
      most = Math.max(most, ++out);
      await Bun.sleep(5);
      out -= 1;
      socket.write(OK);
    });

    const report = await run({ targets: [server.target], closed: true, connections: 3, forMs: 200 });

    expect(most).toBe(3);
    expect(server.connections).toBe(3);
    expect(report.requests).toBe(server.requests);
    expect(report.requests).toBeGreaterThan(3);
  });

  test("goes on gently in the closed loop when nothing listens", async () => {
    const report = await run({ targets: [deadTarget()], closed: true, connections: 2, forMs: 250 });

    expect(report.failures["unreachable"]).toBe(report.requests);
    expect(report.requests).toBeGreaterThanOrEqual(2);
    expect(report.requests).toBeLessThan(20);
  });

  test("charges a stall to every request that was due in it, where the closed loop sees one", async () => {
    const stalled = async (options: Partial<LoadOptions>): Promise<number> => {
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      using server = startAwkwardServer(async (socket, request) => {
        if (request === 20) setTimeout(end, 400);
        if (request >= 20) await over;
        socket.write(OK);
      });
      const { histogram } = await run({ targets: [server.target], forMs: 800, connections: 200, ...options });
      return histogram.reduce((slow, { fromMs, count }) => (fromMs >= 128 ? slow + count : slow), 0);
    };

    const open = await stalled({ ratePerSecond: 200 });
    const closed = await stalled({ closed: true, connections: 1 });

    expect(open).toBeGreaterThanOrEqual(30);
    expect(closed).toBeGreaterThanOrEqual(1);
    expect(closed).toBeLessThan(open / 4);
  });

  test("counts the wait for a connection as latency", async () => {
    using server = startAwkwardServer(async (socket) => {
      await Bun.sleep(20);
      socket.write(OK);
    });

    const report = await run({ targets: [server.target], connections: 1, ratePerSecond: 100, forMs: 200 });

    expect(report.requests).toBe(20);
    expect(report.latencyMs.max).toBeGreaterThan(100);
  });

  test("counts answers that are not correct, connections that fail and degraded answers apart", async () => {
    const answers = [OK, answer(503, "no"), answer(200, "weak"), "", OK];
    using server = startAwkwardServer((socket, request) => {
      const bytes = answers[request % 5] ?? "";
      if (bytes) socket.write(bytes);
      else socket.end();
    });

    const report = await run({ targets: [server.target], ratePerSecond: 100, forMs: 200, connections: 1 });

    expect(report).toMatchObject({
      requests: 20,
      outcomes: { fine: 12 },
      failed: 8,
      failures: { "status-503": 4, closed: 4 },
      degraded: 4,
    });
    expect(report.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(12);
  });

  test("keeps a dead target from costing the others anything but its share", async () => {
    using alive = startAwkwardServer((socket) => void socket.write(OK));
    const dead = deadTarget();

    const report = await run({ targets: [alive.target, dead], ratePerSecond: 2000, forMs: 300 });

    expect(report).toMatchObject({ requests: 600, outcomes: { fine: 300 }, failures: { unreachable: 300 } });
  });

  test("stops at the signal, waits for what is out, and reports", async () => {
    const stop = new AbortController();
    using server = startAwkwardServer(async (socket, request) => {
      if (request === 5) stop.abort();
      await Bun.sleep(10);
      socket.write(OK);
    });

    const report = await run({ targets: [server.target], forMs: 60_000 }, { signal: stop.signal });

    expect(report.requests).toBe(server.requests);
    expect(report.failed).toBe(0);
  });

  test("does not wait long for what is out once it is interrupted", async () => {
    const stop = new AbortController();
    using server = startAwkwardServer(() => stop.abort());

    const report = await run({ targets: [server.target], timeoutMs: 3_600_000 }, { signal: stop.signal });

    expect(report.failures["closed"]).toBe(report.requests);
  });

  test("hears the signal while far more is due than can be sent", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const options = { targets: [deadTarget()], ratePerSecond: 1e9, forMs: 3_600_000 };

    const report = await run(options, { signal: stop.signal });

    expect(report.requests).toBeGreaterThan(0);
  });

  test("ends when what is out has timed out, however mute the target", async () => {
    using server = startAwkwardServer(() => undefined);

    const report = await run({ targets: [server.target], forMs: 100, ratePerSecond: 100, timeoutMs: 100 });

    expect(report).toMatchObject({ requests: 10, failures: { "timed-out": 10 }, histogram: [] });
  });

  test("ticks once a second with what happened since", async () => {
    const ticks: LoadTick[] = [];
    using server = startAwkwardServer((socket) => void socket.write(OK));

    const report = await run(
      { targets: [server.target], forMs: 1300, ratePerSecond: 100 },
      { onTick: (tick) => ticks.push(tick) },
    );

    const ticked = ticks.reduce((sum, { outcomes }) => sum + (outcomes["fine"] ?? 0), 0);
    expect(ticks.length).toBeGreaterThanOrEqual(1);
    expect(ticked).toBeGreaterThan(0);
    expect(ticked).toBeLessThanOrEqual(report.requests);
  });

  test("fails with the workload that cannot read an answer", async () => {
    using server = startAwkwardServer((socket) => void socket.write(OK));
    const broken: Workload = {
      ...WORKLOAD,
      read() {
        throw new Error("Cannot read this");
      },
    };

    const running = run({ targets: [server.target], forMs: 60_000, workload: broken });

    await expect(running).rejects.toThrow("Cannot read this");
  });

  test("refuses a pattern that does not fit, and leaves nothing running", async () => {
    const running = run({ targets: [deadTarget()], pattern: "boundary", windowMs: 60_000 });

    await expect(running).rejects.toThrow("Cannot place two windows");
  });

  test("reports what the workload's checker says", async () => {
    using server = startAwkwardServer((socket) => void socket.write(OK));
    const check = { verdict: "holds", summary: "All is well", evidence: { answers: 1 } } as const;

    const report = await run({ targets: [server.target], workload: { ...WORKLOAD, verdict: () => check } });

    expect(report.check).toEqual(check);
  });
});

const PLAIN = { method: "GET", path: "/" } as const;

const WORKLOAD: Workload = {
  id: "test",
  outcomes: ["fine"],
  request: () => PLAIN,
  read: ({ answer: { status, body } }) =>
    status === 200
      ? { outcome: "fine", correct: true, degraded: body === "weak" }
      : { outcome: `status-${status}`, correct: false, degraded: false },
};

function run(
  options: Partial<LoadOptions> & Pick<LoadOptions, "targets">,
  context: Partial<Parameters<typeof runLoad>[1]> = {},
): Promise<LoadReport> {
  return runLoad(
    {
      workload: WORKLOAD,
      pattern: "steady",
      ratePerSecond: 100,
      forMs: 100,
      factor: 10,
      everyMs: 1000,
      burstMs: 100,
      windowMs: 1000,
      keys: 10,
      closed: false,
      connections: 16,
      timeoutMs: 5000,
      seed: 1,
      ...options,
    },
    { clock: systemClock, signal: new AbortController().signal, ...context },
  );
}
