import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ScrapeTarget } from "../../src/core/subject/subject.ts";
import type { SeriesSource, SeriesWindow } from "../../src/core/system/series.ts";
import { increase } from "../../src/core/system/series-math.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { asSeriesSource, PrometheusClient } from "../../src/prometheus/promql.ts";
import { createRecorder, type Recorder } from "../../src/prometheus/recorder.ts";
import { startPrometheus, testWithPrometheus } from "../prometheus-server.ts";
import { until } from "../until.ts";

const NOW_MS = 1_700_000_000_000;
const signal = new AbortController().signal;

let pages: Record<string, () => Response | Promise<Response>>;
let server: ReturnType<typeof serve>;
let database: Database;
let instance: number;

beforeEach(() => {
  pages = {};
  server = serve();
  database = openDatabase(":memory:");
  instance = database.instances.ensure({ subject: "pages", name: "test" }).id;
});
afterEach(async () => {
  await server.stop(true);
  database[Symbol.dispose]();
});

test("record() keeps the wanted metrics under the address of their page, and that it was up", async () => {
  pages["/metrics"] = () => new Response('a_total{b="c"} 5\nother 1\nd_bucket{le="1"} 2\n');
  const recorder = recorderOf(["a_total", "d"]);

  const outcomes = await recorder.record([target("/metrics")], signal);

  expect(outcomes).toEqual([{ target: target("/metrics"), sampleCount: 2 }]);
  expect(await lastOf(recorder, "a_total")).toEqual([[{ b: "c", instance: address() }, 5]]);
  expect(await lastOf(recorder, "d_bucket")).toEqual([[{ le: "1", instance: address() }, 2]]);
  expect(await lastOf(recorder, "up")).toEqual([[{ instance: address() }, 1]]);
  expect(await lastOf(recorder, "other")).toEqual([]);
});

test("series answers one window of the past, by default up to now", async () => {
  let value = 0;
  let nowMs = NOW_MS;
  pages["/metrics"] = () => new Response(`a ${value}`);
  const recorder = recorderOf(["a"], () => nowMs);
  for (value = 1; value <= 5; value++, nowMs += 1000) await recorder.record([target("/metrics")], signal);
  const valuesOf = async (window: { windowMs: number; endMs?: number }) => {
    const [series] = await recorder.series({ metric: "a", labels: { instance: address() }, ...window }, signal);
    return series?.points.map((point) => point.value);
  };

  expect(await valuesOf({ windowMs: 2000 })).toEqual([4, 5]);
  expect(await valuesOf({ windowMs: 1000, endMs: NOW_MS + 2000 })).toEqual([2, 3]);
  expect(await valuesOf({ windowMs: 1000, endMs: NOW_MS - 2000 })).toBeUndefined();
});

describe.each([4000, 5000, 30_000])("a page that is scraped every %d ms", (everyMs) => {
  const over = { metric: "a_total", aggregation: "rate", overMs: 10_000 } as const;

  test("has a rate over 10 s at each look, also just before the next scrape and where one comes late", async () => {
    let value = 0;
    let nowMs = NOW_MS;
    pages["/metrics"] = () => new Response(`a_total ${value}`);
    const recorder = recorderOf(["a_total"], () => nowMs);
    const scrapeAt = async (atMs: number): Promise<void> => {
      nowMs = atMs;
      value = (atMs - NOW_MS) / 100;
      await recorder.record([target("/metrics")], signal);
    };
    const rateAt = async (atMs: number) => {
      const range = { startMs: atMs, endMs: atMs, stepMs: 1000 };
      return (await recorder.series({ ...over, range }, signal))[0]?.points[0]?.value ?? "unknown";
    };
    for (const at of [0, 1, 2]) await scrapeAt(NOW_MS + at * everyMs);
    await scrapeAt(NOW_MS + 3 * everyMs + 4);

    const rates = await Promise.all([1, everyMs / 2, everyMs - 1].map((after) => rateAt(nowMs + after)));

    for (const rate of rates) expect(rate).toBeCloseTo(10, 0);
    expect(await rateAt(nowMs + Math.max(10_001, 2 * everyMs))).toBe("unknown");
  });
});

test("series has no rate over a time in which nobody recorded", async () => {
  let nowMs = NOW_MS;
  pages["/metrics"] = () => new Response("a_total 5");
  const recorder = recorderOf(["a_total"], () => nowMs);
  for (const at of [0, 1000, 2000, 120_000]) {
    nowMs = NOW_MS + at;
    await recorder.record([target("/metrics")], signal);
  }
  const range = { startMs: nowMs, endMs: nowMs, stepMs: 1000 };

  const rate = await recorder.series({ metric: "a_total", aggregation: "rate", overMs: 10_000, range }, signal);

  expect(rate).toEqual([]);
});

test("record() loses of a page with an odd line that line alone, and tells how many there were", async () => {
  pages["/metrics"] = () => new Response('{"x.y"} 7\n<html>\na 2\n<html>\n');
  const recorder = recorderOf(["a", "x.y"]);

  const [outcome] = await recorder.record([target("/metrics")], signal);

  const first = `Cannot read line 2 of "${url("/metrics")}": "<html>", expected "name{label="value"} number"`;
  expect(outcome).toEqual({ target: target("/metrics"), sampleCount: 2, odd: { count: 2, first } });
  expect(await lastOf(recorder, "a")).toEqual([[{ instance: address() }, 2]]);
  expect(await lastOf(recorder, "x.y")).toEqual([[{ instance: address() }, 7]]);
  expect(await lastOf(recorder, "up")).toEqual([[{ instance: address() }, 1]]);
});

test("record() takes a page that is foreign, silent, refused or gone as down, and the others as they are", async () => {
  pages["/good"] = () => new Response("a 1\n");
  pages["/foreign"] = () => new Response("<!DOCTYPE html>\n<html>\n");
  pages["/silent"] = () => Promise.withResolvers<Response>().promise;
  const recorder = recorderOf(["a"]);
  const targets = [...["/good", "/foreign", "/silent", "/missing"].map(target), gone("127.0.0.1:1")];

  const outcomes = await recorder.record(targets, signal);

  expect(outcomes.map(({ sampleCount }) => sampleCount)).toEqual([1, 0, 0, 0, 0]);
  expect(outcomes.map(({ failed }) => failed?.replace(/; .*/s, ""))).toEqual([
    undefined,
    `Cannot read line 1 of "${url("/foreign")}": "<!DOCTYPE html>", expected "name{label="value"} number"`,
    `Cannot GET "${url("/silent")}": no complete answer within 200ms`,
    `Cannot GET "${url("/missing")}": status 404, expected 2xx`,
    'Cannot GET "http://127.0.0.1:1/metrics": connection refused',
  ]);
  expect(await lastOf(recorder, "a")).toEqual([[{ instance: address() }, 1]]);
  expect(await lastOf(recorder, "up")).toContainEqual([{ instance: "127.0.0.1:1" }, 0]);
});

test("record() takes what its caller cuts short as neither up nor down", async () => {
  const caller = new AbortController();
  pages["/metrics"] = () => {
    caller.abort();
    return Promise.withResolvers<Response>().promise;
  };
  const recorder = recorderOf(["a"]);

  const [outcome] = await recorder.record([target("/metrics")], caller.signal);

  expect(outcome?.failed).toContain("stopped before the answer was complete");
  expect(await lastOf(recorder, "up")).toEqual([]);
});

test("record() lets the failure of its store through", async () => {
  pages["/metrics"] = () => new Response("a 1\n");
  const recorder = recorderOf(["a"]);
  database[Symbol.dispose]();

  await expect(recorder.record([target("/metrics")], signal)).rejects.toThrow();
});

test("record() names the port that an address leaves out", async () => {
  const recorder = recorderOf(["a"]);

  await recorder.record([gone("127.0.0.1"), { component: "node/2", url: "https://127.0.0.1/metrics" }], signal);

  const instances = (await lastOf(recorder, "up")).map(([labels]) => labels["instance"]);
  expect(new Set(instances)).toEqual(new Set(["127.0.0.1:80", "127.0.0.1:443"]));
});

test("of a series that a page states twice, the first counts", async () => {
  pages["/metrics"] = () => new Response('a{b="c"} 1\na{b="c",d=""} 2\n');
  const recorder = recorderOf(["a"]);

  await recorder.record([target("/metrics")], signal);

  expect((await lastOf(recorder, "a")).map(([, value]) => value)).toEqual([1]);
});

testWithPrometheus(
  "the recorder and a real Prometheus answer the same question alike",
  async () => {
    let count = 100;
    pages["/metrics"] = () =>
      new Response(pageWith(count), { headers: { "content-type": "text/plain;version=0.0.4" } });
    await using real = await startPrometheus({ targets: [address()] });
    const wanted = new Set(["a_total", "gauge", "odd", "wait_seconds"]);
    const recorder = createRecorder({ samples: database.samples, instance, wanted, clock: systemClock });
    const prometheus = asSeriesSource(new PrometheusClient(real));
    const bothHave = async (metric: string, value: number) => {
      await until(async () => {
        await recorder.record([target("/metrics")], signal);
        const [series] = await prometheus({ metric, windowMs: 60_000 }, signal);
        return series?.points.at(-1)?.value === value;
      }, 120_000);
    };

    await bothHave("a_total", 100);
    count = 150;
    await bothHave("a_total", 150);
    count = 30;
    await bothHave("a_total", 30);

    for (const metric of ["a_total", "gauge", "odd", "wait_seconds_bucket", "wait_seconds_sum", "up", "unknown"]) {
      expect(await gist(recorder.series, metric)).toEqual(await gist(prometheus, metric));
    }
    expect((await gist(prometheus, "a_total")).map(({ rise }) => rise)).toEqual([50 + 30]);
    expect(await gist(prometheus, "wait_seconds_bucket")).toHaveLength(2);
    expect(await gist(prometheus, "odd")).toHaveLength(1);

    pages = { "/metrics": () => new Response("away", { status: 500 }) };
    await bothHave("up", 0);
    expect(await gist(recorder.series, "up")).toEqual(await gist(prometheus, "up"));
  },
  30_000,
);

function pageWith(count: number): string {
  return String.raw`# TYPE a_total counter
a_total{path="C:\\x \"y\"\n{,}"} ${count}
gauge 0.1
gauge{kind="large"} 1e+300
gauge{kind="endless"} -Inf
odd{instance="its own",job="its own",empty="",keep="ü"} 3
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 1
wait_seconds_bucket{le="+Inf"} ${count}
wait_seconds_sum 1.5e1
wait_seconds_count ${count}
unwanted 1
`;
}

/** What two keepers of the past must agree on, in any order: labels but for `job`, the last value, what a counter rose by. */
async function gist(source: SeriesSource, metric: string) {
  const windows = await source({ metric, windowMs: 60_000 }, signal);
  const told = windows.map(({ metric, labels: { job: _job, ...labels }, points }) => {
    return { metric, labels, last: points.at(-1)?.value, rise: metric === "a_total" ? increase(points) : undefined };
  });
  return told.toSorted((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
}

async function lastOf(
  { series }: Recorder,
  metric: string,
): Promise<readonly [SeriesWindow["labels"], number | undefined][]> {
  const windows = await series({ metric, windowMs: 1000 }, signal);
  return windows.map(({ labels, points }) => [labels, points.at(-1)?.value]);
}

function recorderOf(wanted: readonly string[], now = () => NOW_MS): Recorder {
  const clock = { ...systemClock, now };
  return createRecorder({ samples: database.samples, instance, wanted: new Set(wanted), clock, timeoutMs: 200 });
}

function address(): string {
  return `127.0.0.1:${server.port}`;
}

function url(path: string): string {
  return `http://${address()}${path}`;
}

function target(path: string): ScrapeTarget {
  return { component: "node/1", url: url(path) };
}

function gone(host: string): ScrapeTarget {
  return { component: "node/9", url: `http://${host}/metrics` };
}

function serve() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => pages[new URL(request.url).pathname]?.() ?? new Response("none", { status: 404 }),
  });
}
