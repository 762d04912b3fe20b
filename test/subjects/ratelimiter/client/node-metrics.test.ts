import { expect, test } from "bun:test";
import type { SeriesWindow } from "../../../../src/core/system/series.ts";
import { METRICS, readMetrics } from "../../../../src/subjects/ratelimiter/client/node-metrics.ts";

const signal = new AbortController().signal;
const ADDRESS = "127.0.0.1:8101";

function window(metric: string, values: readonly number[], labels: Record<string, string> = {}): SeriesWindow {
  const points = values.map((value, second) => ({ atMs: second * 1000, value }));
  return { metric, labels: { instance: ADDRESS, ...labels }, points };
}

function waits(buckets: readonly (readonly [le: string, values: readonly number[]])[]): readonly SeriesWindow[] {
  return buckets.map(([le, values]) => window("ratelimiter_arrival_wait_seconds_bucket", values, { le }));
}

function from(...windows: readonly SeriesWindow[]) {
  return readMetrics(async ({ metric }) => windows.filter((one) => one.metric === metric), signal);
}

test("readMetrics() makes rates, quantiles and newest values of the past, by node", async () => {
  const bucket = (le: string, values: readonly number[]) =>
    window("ratelimiter_check_duration_seconds_bucket", values, { le });

  const metrics = await from(
    window("ratelimiter_requests_total", [100, 110, 120], { result: "allowed" }),
    window("ratelimiter_requests_total", [0, 0, 4], { result: "limited" }),
    window("process_cpu_seconds_total", [5, 5.1, 5.2]),
    window("process_resident_memory_bytes", [7, 8, 9]),
    bucket("0.01", [0, 50, 99]),
    bucket("0.1", [0, 50, 100]),
    bucket("+Inf", [0, 50, 100]),
    ...waits([
      ["0.0", [0, 500, 1000]],
      ["0.22", [0, 950, 1900]],
      ["0.3", [0, 1000, 2000]],
      ["+Inf", [0, 1000, 2000]],
    ]),
    window("ratelimiter_stalled_seconds_total", [3, 3.5, 4]),
    window("process_cpu_seconds_total", [1], { instance: "127.0.0.1:9999" }),
  );

  expect(metrics).toHaveLength(2);
  expect(metrics.find(({ address }) => address === ADDRESS)).toMatchObject({
    resultsPerSecond: { allowed: 10, limited: 2 },
    cpuRatio: expect.closeTo(0.1),
    residentBytes: 9,
    checks: { count: 100, p50Seconds: expect.closeTo(0.00505, 5), p99Seconds: 0.01 },
    arrivalWaits: { count: 2000, p50Seconds: 0, p99Seconds: expect.closeTo(0.284) },
    stalledRatio: 0.5,
    redisCalls: undefined,
  });
});

test("readMetrics() takes no node to be stalled for longer than the time", async () => {
  const [metrics] = await from(window("ratelimiter_stalled_seconds_total", [0, 0, 30]));

  expect(metrics?.stalledRatio).toBe(1);
});

test("readMetrics() looks at the last seconds only, so that what is over is soon forgotten", async () => {
  const values = Array.from({ length: 40 }, (_, second) => (second < 20 ? second * 1000 : 20_000));

  const [metrics] = await from(window("ratelimiter_redis_errors_total", values));

  expect(metrics?.redisErrorsPerSecond).toBe(0);
});

test("readMetrics() knows no rate from a single point, and no quantile where nothing was counted", async () => {
  const empty = window("ratelimiter_check_duration_seconds_bucket", [7, 7], { le: "+Inf" });

  const [metrics] = await from(window("process_cpu_seconds_total", [5]), empty);

  expect(metrics).toMatchObject({ cpuRatio: undefined, checks: { count: 0 } });
});

test("readMetrics() tells the share that a node decided without Redis since the reading before, and not what is over", async () => {
  const by = (source: string, values: readonly number[]) => window("ratelimiter_decisions_total", values, { source });

  const [now] = await from(
    by("redis", [0, 0, 60]),
    by("cache", [0, 0, 20]),
    by("local", [0, 5, 20]),
    by("open", [0, 0, 5]),
  );
  const [over] = await from(by("redis", [0, 0, 100]), by("local", [0, 300, 300]));
  const [idle] = await from(by("redis", [7, 7]), by("local", [3, 3]));

  expect(now?.decided).toEqual({ count: 100, aloneRatio: 0.2 });
  expect(over?.decided).toEqual({ count: 100, aloneRatio: 0 });
  expect(idle?.decided).toEqual({ count: 0 });
});

test("readMetrics() tells no share of decisions from readings that are far apart", async () => {
  const points = [0, 15_000].map((atMs) => ({ atMs, value: atMs }));

  const [metrics] = await from({ ...window("ratelimiter_decisions_total", [], { source: "local" }), points });

  expect(metrics?.decided).toBeUndefined();
});

test("every metric is asked for once", async () => {
  const asked: string[] = [];
  await readMetrics(async ({ metric }) => (asked.push(metric), []), signal);

  expect(asked).toEqual([...METRICS]);
});
