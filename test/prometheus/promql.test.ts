import { afterAll, beforeAll, expect, test } from "bun:test";
import { InvalidInputError, messageOf, ProbeError } from "../../src/core/text/errors.ts";
import { asSeriesSource, PrometheusClient } from "../../src/prometheus/promql.ts";
import { startPrometheus, testWithPrometheus } from "../prometheus-server.ts";

const signal = new AbortController().signal;
const HOUR_AGO_SECONDS = Math.floor(Date.now() / 1000) - 3600 * 5;

let server: ReturnType<typeof serve>;
let reply: () => Response = () => new Response("not yet");
let asked: URL | undefined;
let client: PrometheusClient;

beforeAll(() => {
  server = serve();
  client = new PrometheusClient({ url: `http://127.0.0.1:${server.port}/prefix/`, token: "t0ken", timeoutMs: 2000 });
});
afterAll(() => server.stop(true));

test("window() asks for the stored points of one metric", async () => {
  reply = () => success({ resultType: "matrix", result: [] });
  await client.window(
    { metric: "up", labels: { path: 'C:\\"x"\n{}' }, windowMs: 1500, endMs: 1_700_000_000_250 },
    signal,
  );

  expect(asked?.pathname).toBe("/prefix/api/v1/query");
  expect(Object.fromEntries(asked?.searchParams ?? [])).toEqual({
    query: String.raw`up{path="C:\\\"x\"\n{}"}[1500ms]`,
    time: "1700000000.250",
    timeout: "2000ms",
  });
});

test("range() asks at each step of a span", async () => {
  reply = () => success({ resultType: "matrix", result: [] });
  await client.range("up", { startMs: 1000, endMs: 5500, stepMs: 500, signal });

  expect(asked?.pathname).toBe("/prefix/api/v1/query_range");
  expect(asked?.search).toContain("query=up&start=1.000&end=5.500&step=0.500");
});

test("an answer gives series, oldest point first, and the warnings that make it partial", async () => {
  const values = [
    [1700000000.123, "1"],
    [1700000001, "+Inf"],
    [1700000002, "NaN"],
  ];
  reply = () =>
    success({ resultType: "matrix", result: [{ metric: { __name__: "a", b: "c" }, values }] }, ["one shard is away"]);

  const answer = await client.instant("a[3s]", { signal });

  expect(answer.warnings).toEqual(["one shard is away"]);
  expect(answer.series).toEqual([
    {
      metric: "a",
      labels: { b: "c" },
      points: [
        { atMs: 1700000000123, value: 1 },
        { atMs: 1700000001000, value: Infinity },
        { atMs: 1700000002000, value: Number.NaN },
      ],
    },
  ]);
});

test("vectors, scalars and native histograms are series too", async () => {
  reply = () =>
    success({
      resultType: "vector",
      result: [
        { metric: {}, value: [5, "-1e3"] },
        { metric: { a: "b" }, histogram: [5, {}] },
      ],
    });
  const vector = await client.instant("x", { signal });
  reply = () => success({ resultType: "scalar", result: [5, "42"] });
  const scalar = await client.instant("42", { signal });

  expect(vector.series.map(({ labels, points }) => [labels, points])).toEqual([
    [{}, [{ atMs: 5000, value: -1000 }]],
    [{ a: "b" }, []],
  ]);
  expect(scalar.series).toEqual([{ metric: "", labels: {}, points: [{ atMs: 5000, value: 42 }] }]);
});

test.each<[string, () => Response, string]>([
  [
    "a refusal with its type",
    () => Response.json({ status: "error", errorType: "timeout", error: "query timed out" }, { status: 503 }),
    '/prefix/" for "up": timeout: query timed out',
  ],
  [
    "an HTML page",
    () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
    "<html>Sign in",
  ],
  ["another API", () => Response.json({ status: "success", data: {} }), 'at "data.resultType"'],
  [
    "a status",
    () => new Response("404 page not found", { status: 404 }),
    "status 404, expected 2xx; the answer begins with: 404",
  ],
  ["half an answer", () => new Response('{"status":"succ'), "expected JSON"],
])("a query fails with what came back: %s", async (_what, failing, expected) => {
  reply = failing;

  const error: unknown = await client.instant("up", { signal }).catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(ProbeError);
  expect(messageOf(error)).toContain(expected);
});

test("asSeriesSource() leaves out values that are not a number", async () => {
  const values = [
    [1, "1"],
    [2, "NaN"],
  ];
  reply = () => success({ resultType: "matrix", result: [{ metric: { __name__: "a" }, values }] }, ["partial"]);

  const windows = await asSeriesSource(client)({ metric: "a", windowMs: 5000 }, signal);

  expect(windows).toEqual([{ metric: "a", labels: {}, points: [{ atMs: 1000, value: 1 }] }]);
});

test("asSeriesSource() does not take nothing with a warning for nothing known", async () => {
  const source = asSeriesSource(client);
  reply = () => success({ resultType: "matrix", result: [] }, ["store is away"]);
  await expect(source({ metric: "a", windowMs: 5000 }, signal)).rejects.toThrow(
    "Cannot read a from a partial answer: store is away",
  );

  reply = () => success({ resultType: "matrix", result: [] });
  expect(await source({ metric: "a", windowMs: 5000 }, signal)).toEqual([]);
});

test("asSeriesSource() has values computed at each moment and tells why they may be partial", async () => {
  const warnings: string[] = [];
  const values = [
    [1, "1"],
    [2, "NaN"],
  ];
  reply = () =>
    success({ resultType: "matrix", result: [{ metric: { b: "2" }, values }, { metric: { b: "1" }, values }, 7] }, [
      "partial",
    ]);
  const source = asSeriesSource(client, (warning) => warnings.push(warning));
  const range = { startMs: 1000, endMs: 2000, stepMs: 1000 };

  const answer = await source({ metric: "a", aggregation: "rate", overMs: 60_000, sumBy: ["b"], range }, signal);

  expect(asked?.pathname).toBe("/prefix/api/v1/query_range");
  expect(Object.fromEntries(asked?.searchParams ?? [])).toMatchObject({
    query: "sum by (b) (rate(a{}[60000ms]))",
    start: "1.000",
    end: "2.000",
    step: "1.000",
  });
  const points = [{ atMs: 1000, value: 1 }];
  expect(answer).toEqual([
    { metric: "a", labels: { b: "1" }, points },
    { metric: "a", labels: { b: "2" }, points },
  ]);
  expect(warnings).toEqual(["partial", "Left out 1 of 3 series that cannot be read, first: 7"]);
});

test("a question that contradicts itself is refused unasked", async () => {
  const source = asSeriesSource(client);
  const range = { startMs: 0, endMs: 0, stepMs: 0 };
  asked = undefined;

  await expect(source({ metric: "", windowMs: 1 }, signal)).rejects.toThrow(InvalidInputError);
  await expect(source({ metric: "a", aggregation: "rate", overMs: 1, range }, signal)).rejects.toThrow(
    InvalidInputError,
  );
  expect(asked).toBeUndefined();
});

testWithPrometheus("a real Prometheus answers instants, ranges and windows, and refuses with its reasons", async () => {
  await using real = await startPrometheus({ past: historyOf([1, 2, 3, 4]) });
  const prometheus = new PrometheusClient(real);
  const options = { atMs: (HOUR_AGO_SECONDS + 3) * 1000, signal };

  const instant = await prometheus.instant("sum by (path) (a_total)", options);
  const range = await prometheus.range("a_total * 2", {
    startMs: HOUR_AGO_SECONDS * 1000,
    endMs: (HOUR_AGO_SECONDS + 2) * 1000,
    stepMs: 1000,
    signal,
  });
  const question = { metric: "a_total", labels: { path: '/x\\"y"\n' }, windowMs: 2000, endMs: options.atMs };
  const window = await asSeriesSource(prometheus)(question, signal);

  expect(instant.series.map(({ points }) => points)).toEqual([[{ atMs: options.atMs, value: 4 }]]);
  expect(range.series.flatMap(({ points }) => points.map(({ value }) => value))).toEqual([2, 4, 6]);
  expect(window.map(({ points }) => points.map(({ value }) => value))).toEqual([[2, 3, 4]]);
  await expect(prometheus.instant("sum(", options)).rejects.toThrow(
    `Cannot query "${real.url}/" for "sum(": bad_data: `,
  );
});

function historyOf(values: readonly number[]): string {
  const lines = values.map((value, index) => `a_total{path="/x\\\\\\"y\\"\\n"} ${value} ${HOUR_AGO_SECONDS + index}`);
  return ["# TYPE a counter", ...lines, "# EOF", ""].join("\n");
}

function success(data: unknown, warnings?: readonly string[]): Response {
  return Response.json({ status: "success", data, warnings });
}

function serve() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked = new URL(request.url);
      return request.headers.get("authorization") === "Bearer t0ken" ? reply() : new Response("who?", { status: 401 });
    },
  });
}
