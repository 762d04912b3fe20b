/** One table of questions, answered by the recorder and by a real Prometheus from the same samples. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { AggregateQuestion, Point, SeriesSource, SeriesWindow } from "../../src/core/system/series.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { asSeriesSource, PrometheusClient } from "../../src/prometheus/promql.ts";
import { createRecorder } from "../../src/prometheus/recorder.ts";
import { type PrometheusServer, startPrometheus, testWithPrometheus } from "../prometheus-server.ts";

/** Milliseconds of the first scrape; hours ago, and off every whole second, on which the edges of all questions lie. */
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 6 * 3_600_000;
const SCRAPE_MS = 15_000;
const SCRAPES = 24;
const BOUNDS = ["0.01", "0.1", "1", "+Inf"];
const signal = new AbortController().signal;

/** A series by its text, with a value per scrape; `undefined` where the page did not state it. */
type History = readonly [series: string, values: readonly (number | undefined)[]];

const HISTORIES: readonly History[] = [
  ['req_total{type="get",code="200"}', each((at) => 1000 + at * 30)],
  ['req_total{type="get",code="500"}', each((at) => [900, 950, 20, 30, 5][at % 5] ?? 0)],
  ['req_total{type="put",code="200"}', each((at) => (at > 8 && at < 14 ? undefined : 50_000 + at * at))],
  ['req_total{type="put",code="500"}', each(() => 7)],
  ['req_total{type="scan"}', each((at) => (at < 12 ? 400 + at : undefined))],
  ['req_total{type="new"}', each((at) => (at < 15 ? undefined : 1_000_000 + at * 9))],
  ['req_total{type="zero"}', each((at) => at * 4)],
  ['req_total{type="odd"}', each((at) => (at === 10 ? Number.NaN : at === 18 ? Infinity : 100 + at))],
  ['req_total{type="once"}', each((at) => (at === 5 ? 3 : undefined))],
  ['mem_bytes{part="a"}', each((at) => -5 + (at % 3))],
  ['mem_bytes{part="b",kind=""}', each((at) => (at % 4 === 3 ? undefined : at * 1e9))],
  ['mem_bytes{part="c"}', each((at) => (at < 9 ? Number.NaN : at < 12 ? Infinity : -Infinity))],
  ['late_total{at="half"}', each((at) => (at < 10 ? undefined : 1 + (at - 10)))],
  ...histogram('lat_seconds_bucket{type="get"', (at, bound) => 100 * at * (bound + 1)),
  ...histogram('lat_seconds_bucket{type="put"', (at, bound) => (at < 11 ? 5 : at - 11) * bound * bound),
  ...histogram('lat_seconds_bucket{type="idle"', () => 3),
  ...histogram('lat_seconds_bucket{type="new"', (at, bound) => (at < 14 ? undefined : 1_000_000 + at * bound)),
  ['lat_seconds_bucket{type="open",le="1"}', each((at) => at)],
  ['lat_seconds_bucket{type="open",le="2"}', each((at) => at * 2)],
  ['lat_seconds_bucket{type="get",node="2",le="1.0"}', each((at) => at * 50)],
  ['lat_seconds_bucket{type="get",node="2",le="+Inf"}', each((at) => at * 80)],
  ['lat_seconds_bucket{type="get",node="2",le="odd"}', each((at) => at * 80)],
];

type Case = Omit<AggregateQuestion, "overMs" | "range"> & { readonly overMs?: number; readonly stepMs?: number };

/** Each with the number of series that the answer has. */
const CASES: readonly (readonly [what: string, question: Case, count: number])[] = [
  ["a rate of each series", { metric: "req_total", aggregation: "rate" }, 8],
  ["a rate over two scrapes", { metric: "req_total", aggregation: "rate", overMs: 31_000 }, 8],
  ["a rate over less than two scrapes", { metric: "req_total", aggregation: "rate", overMs: 14_000 }, 0],
  ["a rate over all of it", { metric: "req_total", aggregation: "rate", overMs: 600_000 }, 8],
  ["a rate of selected series", { metric: "req_total", labels: { type: "get" }, aggregation: "rate" }, 2],
  ["a rate of all series but some", { metric: "req_total", labels: { type: { not: "get" } }, aggregation: "rate" }, 6],
  [
    "a rate of series by a pattern",
    { metric: "req_total", labels: { type: { pattern: "(?:ge|pu)t" } }, aggregation: "rate" },
    4,
  ],
  [
    "a pattern that fits a part only",
    { metric: "req_total", labels: { type: { pattern: "ge" } }, aggregation: "rate" },
    0,
  ],
  [
    "a pattern that fits no label",
    { metric: "req_total", labels: { code: { pattern: "|500" } }, aggregation: "rate" },
    6,
  ],
  ["a rate of series without a label", { metric: "req_total", labels: { code: "" }, aggregation: "rate" }, 4],
  ["a rate of series with some label", { metric: "req_total", labels: { code: { not: "" } }, aggregation: "rate" }, 4],
  ["a rate of a gauge that falls", { metric: "mem_bytes", labels: { part: "a" }, aggregation: "rate" }, 1],
  ["a sum of rates by one label", { metric: "req_total", aggregation: "rate", sumBy: ["type"] }, 6],
  ["a sum of rates by two labels", { metric: "req_total", aggregation: "rate", sumBy: ["code", "type"] }, 8],
  ["a sum of rates by a label that few have", { metric: "req_total", aggregation: "rate", sumBy: ["code"] }, 3],
  ["a sum of all rates", { metric: "req_total", aggregation: "rate", sumBy: [] }, 1],
  ["a sum by a label that none has", { metric: "req_total", aggregation: "rate", sumBy: ["nothing"] }, 1],
  ["a count of rates by one label", { metric: "req_total", aggregation: "rate", sumBy: ["type"], isCount: true }, 6],
  ["a count of last values", { metric: "mem_bytes", aggregation: "last", sumBy: [], isCount: true }, 1],
  ["last values", { metric: "mem_bytes", aggregation: "last" }, 3],
  ["last values of less than a scrape", { metric: "mem_bytes", aggregation: "last", overMs: 4900, stepMs: 5000 }, 3],
  ["a sum of last values", { metric: "mem_bytes", aggregation: "last", sumBy: [] }, 1],
  ["a sum of last values by label", { metric: "mem_bytes", aggregation: "last", sumBy: ["part"] }, 3],
  ["a quantile of each histogram", { metric: "lat_seconds", aggregation: { quantile: 0.99 } }, 4],
  ["a median by label", { metric: "lat_seconds", aggregation: { quantile: 0.5 }, sumBy: ["type"] }, 3],
  ["a quantile of all", { metric: "lat_seconds", aggregation: { quantile: 0.9 }, sumBy: [] }, 1],
  ["the highest quantile", { metric: "lat_seconds", aggregation: { quantile: 1 }, sumBy: ["type"] }, 3],
  [
    "a quantile of one histogram",
    { metric: "lat_seconds", labels: { type: "put" }, aggregation: { quantile: 0.75 } },
    1,
  ],
  ["a metric that nobody has", { metric: "nothing", aggregation: "rate" }, 0],
  ["a histogram that nobody has", { metric: "req_total", aggregation: { quantile: 0.5 } }, 0],
];

const missing = Bun.which("prometheus") === null || Bun.which("promtool") === null;
const random = fc.sample(randomHistories(), { seed: 7, numRuns: 1 })[0] ?? [];
let database: Database;
let server: PrometheusServer | undefined;
let recorder: SeriesSource;
let prometheus: SeriesSource;

beforeAll(async () => {
  const histories = [...HISTORIES, ...random];
  database = openDatabase(":memory:");
  recorder = await recordedBy(database, histories);
  if (missing && process.env["OPERATOR_REQUIRE_SERVERS"] !== "1") return;
  server = await startPrometheus({ past: historyOf(histories) });
  prometheus = asSeriesSource(new PrometheusClient(server));
});
afterAll(async () => {
  database[Symbol.dispose]();
  await server?.[Symbol.asyncDispose]();
});

describe.each(CASES)("%s", (_what, shape, count) => {
  const question = questionOf(shape);

  test("is answered by the recorder", async () => {
    const answer = await recorder(question, signal);

    expect(answer).toHaveLength(count);
    expect(answer.every(({ metric, points }) => metric === shape.metric && points.length > 0)).toBe(true);
  });

  testWithPrometheus("is answered by Prometheus as by the recorder", async () => {
    expectAlike(await recorder(question, signal), await prometheus(question, signal));
  });
});

testWithPrometheus("whatever counters and histograms do, both answer alike", async () => {
  const shape = fc.record({
    isHistogram: fc.boolean(),
    quantile: fc.constantFrom(0.01, 0.5, 0.95, 0.999, 1),
    sumBy: fc.constantFrom(undefined, [], ["s"], ["instance"]),
    overMs: fc.integer({ min: 16, max: 200 }).map((seconds) => seconds * 1000),
    stepMs: fc.constantFrom(1000, 15_000, 37_000),
  });

  await fc.assert(
    fc.asyncProperty(shape, async ({ isHistogram, quantile, sumBy, ...over }) => {
      const aggregation = isHistogram ? { quantile } : "rate";
      const metric = isHistogram ? "rand_seconds" : "rand_total";
      const question = questionOf({ metric, aggregation, ...over, ...(sumBy && { sumBy }) });

      expectAlike(await recorder(question, signal), await prometheus(question, signal));
    }),
    { numRuns: 40, seed: 11 },
  );
});

testWithPrometheus(
  "a counter that begins near zero within the range differs by at most 0.6 scrapes on Prometheus before 2024",
  async () => {
    const at = START_MS + 12 * SCRAPE_MS;
    const question = {
      ...questionOf({ metric: "late_total", aggregation: "rate" }),
      range: { startMs: at, endMs: at, stepMs: 1 },
    };

    const [ours = Number.NaN] = (await recorder(question, signal)).flatMap(valuesOf);
    const [theirs = Number.NaN] = (await prometheus(question, signal)).flatMap(valuesOf);

    expect(theirs / ours).toBeGreaterThanOrEqual(1 - 1e-9);
    expect((theirs - ours) * 60).toBeLessThanOrEqual(0.6 * 15 * (2 / 30) + 1e-9);
  },
);

function questionOf({ overMs = 60_000, stepMs = 7000, ...shape }: Case): AggregateQuestion {
  return {
    ...shape,
    overMs,
    range: { startMs: START_MS - 20_000, endMs: START_MS + (SCRAPES + 4) * SCRAPE_MS, stepMs },
  };
}

function expectAlike(ours: readonly SeriesWindow[], theirs: readonly SeriesWindow[]): void {
  expect(ours.map(({ metric, labels }) => ({ metric, labels }))).toEqual(
    theirs.map(({ metric, labels }) => ({ metric, labels })),
  );
  for (const [index, window] of ours.entries()) {
    const other = theirs[index]?.points ?? [];
    expect(window.points.map(({ atMs }) => atMs)).toEqual(other.map(({ atMs }) => atMs));
    const apart = window.points.filter((point, at) => !isClose(point, other[at]));
    expect(
      apart.map((point) => ({ ...window.labels, ...point, theirs: other[window.points.indexOf(point)]?.value })),
    ).toEqual([]);
  }
}

/** Floating point sums depend on their order. */
function isClose({ value }: Point, other: Point | undefined): boolean {
  const theirs = other?.value ?? Number.NaN;
  return Object.is(value, theirs) || Math.abs(value - theirs) <= 1e-9 * Math.max(1e-6, Math.abs(value));
}

function valuesOf({ points }: SeriesWindow): readonly number[] {
  return points.map(({ value }) => value);
}

function each(valueAt: (scrape: number) => number | undefined): readonly (number | undefined)[] {
  return Array.from({ length: SCRAPES }, (_, scrape) => valueAt(scrape));
}

function histogram(series: string, valueAt: (scrape: number, bound: number) => number | undefined): readonly History[] {
  return BOUNDS.map((le, bound) => [`${series},le="${le}"}`, each((scrape) => valueAt(scrape, bound))]);
}

/** Counters with falls and gaps, and histograms of such; far from zero, near which Prometheus before 2024 stretches further. */
function randomHistories(): fc.Arbitrary<readonly History[]> {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.nat(50) },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
    { weight: 1, arbitrary: fc.constant("gap" as const) },
  );
  const counter = fc.array(step, { minLength: SCRAPES, maxLength: SCRAPES }).map((steps) => {
    let value = 1_000_000;
    return steps.map((step) => {
      if (step === "gap") return undefined;
      value = step === "restart" ? Math.floor(value * 0.9) : value + step;
      return value;
    });
  });
  return fc
    .tuple(fc.array(counter, { minLength: 8, maxLength: 8 }), fc.array(counter, { minLength: 20, maxLength: 20 }))
    .map(([counters, buckets]) => [
      ...counters.map((values, s): History => [`rand_total{s="${s}"}`, values]),
      ...buckets.map(
        (values, b): History => [
          `rand_seconds_bucket{s="${Math.floor(b / BOUNDS.length)}",le="${BOUNDS[b % BOUNDS.length]}"}`,
          values,
        ],
      ),
    ]);
}

/** Scrapes are never quite on time. */
function timeOf(scrape: number): number {
  return START_MS + scrape * SCRAPE_MS + 137 + ((scrape * 263) % 500);
}

/** Records the page of each scrape at its time. */
async function recordedBy(database: Database, histories: readonly History[]): Promise<SeriesSource> {
  let page = "";
  let nowMs = 0;
  const pages = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(page) });
  const { id } = database.instances.ensure({ subject: "pages", name: "test" });
  const wanted = new Set(histories.map(([series]) => series.slice(0, series.indexOf("{"))));
  const clock = { ...systemClock, now: () => nowMs };
  const recorder = createRecorder({ samples: database.samples, instance: id, wanted, clock });
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    page = ["scrape 1", ...linesAt(histories, scrape)].join("\n");
    nowMs = timeOf(scrape);
    await recorder.record([{ component: "page/1", url: `http://127.0.0.1:${pages.port}/metrics` }], signal);
  }
  address = `127.0.0.1:${pages.port}`;
  await pages.stop(true);
  return recorder.series;
}

let address = "";

function linesAt(histories: readonly History[], scrape: number): readonly string[] {
  return histories.flatMap(([series, values]) => {
    const value = values[scrape];
    return value === undefined ? [] : [`${series} ${String(value).replace("Infinity", "Inf")}`];
  });
}

/** The same as OpenMetrics, in which all samples of a metric are together and in the order of time. */
function historyOf(histories: readonly History[]): string {
  const sorted = histories.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.flatMap(([series, values]) =>
    values.flatMap((value, scrape) => {
      if (value === undefined) return [];
      const labelled = series
        .replace("}", `,instance="${address}"}`)
        .replaceAll('kind="",', "")
        .replaceAll(',kind=""', "");
      return [`${labelled} ${String(value).replace("Infinity", "Inf")} ${timeOf(scrape) / 1000}`];
    }),
  );
  return [...lines, "# EOF", ""].join("\n");
}
