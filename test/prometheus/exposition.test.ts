import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ProbeError } from "../../src/core/text/errors.ts";
import { type Exposition, type ExpositionOptions, readExposition } from "../../src/prometheus/exposition.ts";
import type { Sample } from "../../src/prometheus/sample-line.ts";

const PAGE = `
# HELP http_requests_total Requests by result.\\nA second line, a back\\\\slash.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 -5

# A comment
  # TYPE tabs\tgauge
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find \\"FILE\\":\\n{no, file}"} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird { problem = "division by zero" , } +Inf -3982045
empty_list{} -inf
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"}\t4773
rpc_duration_seconds_sum NaN
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 1
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum .53e-1
wait_seconds_count 2
:colons:_9 +7.`;

test("readExposition() reads every form of sample", async () => {
  const { samples } = await read(PAGE);

  expect(samples).toEqual([
    { name: "http_requests_total", labels: { method: "post", code: "200" }, value: 1027, timestampMs: 1395066363000 },
    { name: "http_requests_total", labels: { method: "post", code: "400" }, value: 3, timestampMs: -5 },
    {
      name: "msdos_file_access_time_seconds",
      labels: { path: String.raw`C:\DIR\FILE.TXT`, error: 'Cannot find "FILE":\n{no, file}' },
      value: 1458255915,
    },
    sample("metric_without_timestamp_and_labels", 12.47),
    { name: "something_weird", labels: { problem: "division by zero" }, value: Infinity, timestampMs: -3982045 },
    sample("empty_list", -Infinity),
    sample("rpc_duration_seconds", 4773, { quantile: "0.5" }),
    sample("rpc_duration_seconds_sum", Number.NaN),
    sample("wait_seconds_bucket", 1, { le: "0.5" }),
    sample("wait_seconds_bucket", 2, { le: "+Inf" }),
    sample("wait_seconds_sum", 0.053),
    sample("wait_seconds_count", 2),
    sample(":colons:_9", 7),
  ]);
});

test("readExposition() reads what the page says of each metric", async () => {
  const { families } = await read(PAGE);

  expect([...families]).toEqual([
    ["http_requests_total", { help: "Requests by result.\nA second line, a back\\slash.", type: "counter" }],
    ["tabs", { type: "gauge" }],
    ["rpc_duration_seconds", { type: "summary" }],
    ["wait_seconds", { type: "histogram" }],
  ]);
});

test("readExposition() keeps only what is wanted, by the name of the sample or of the metric", async () => {
  const one = await read(PAGE, { wanted: new Set(["wait_seconds_bucket"]) });
  const all = await read(PAGE, { wanted: new Set(["wait_seconds"]) });
  const none = await read(PAGE, { wanted: new Set() });

  expect(one.samples.map(({ name }) => name)).toEqual(["wait_seconds_bucket", "wait_seconds_bucket"]);
  expect([...one.families.keys()]).toEqual(["wait_seconds"]);
  expect(all.samples).toHaveLength(4);
  expect([...none.samples, ...none.families]).toEqual([]);
});

test("readExposition() understands OpenMetrics", async () => {
  const page = [
    "# TYPE acme_http_router_request_seconds summary",
    "# UNIT acme_http_router_request_seconds seconds",
    '# HELP acme_http_router_request_seconds Latency, "quoted".',
    'acme_http_router_request_seconds_count{path="/api/v1"} 807283.0 1605301325.5',
    'acme_http_router_request_seconds_created{path="/api/v1"} 1605281325.0',
    "# TYPE foo histogram",
    'foo_bucket{le="1.0"} 17 # {trace_id="KOO5S4vxi0o"} 0.67',
    'foo_bucket{le="+Inf"} 17 1605301325 # {trace_id="oHg5SJYRHA0",b="}"} 9.8 1520879607.789',
    "# EOF",
    "",
  ].join("\n");
  const { samples, families } = await read(page, { openMetrics: true });

  expect(samples.map(({ value }) => value)).toEqual([807283, 1605281325, 17, 17]);
  expect(samples.map(({ timestampMs = 0 }) => timestampMs)).toEqual([1605301325500, 0, 0, 1605301325000]);
  expect(families.get("acme_http_router_request_seconds")).toEqual({
    type: "summary",
    unit: "seconds",
    help: 'Latency, "quoted".',
  });
});

test("readExposition() refuses an OpenMetrics page that is cut off, and passes over what follows its end", async () => {
  const cut = await refusalOf("a 1\nb 2\n", { openMetrics: true });
  const overlong = await read("a 1\n# EOF\nb 2\n", { openMetrics: true });

  expect(cut).toBe('Cannot read the page: it ends after line 2, expected "# EOF"');
  expect(overlong.samples).toEqual([sample("a", 1)]);
  expect(overlong.odd).toEqual({
    count: 1,
    first: 'Cannot read line 3 of the page: "b 2", expected nothing after "# EOF"',
  });
});

test("readExposition() keeps of quoted names what is wanted", async () => {
  const page =
    '# TYPE "queue.depth" gauge\n# HELP "queue.depth" Jobs\\nwaiting.\n{"queue.depth"} 1\n{"other.one"} 2\nx 1\n';

  const { samples, families, odd } = await read(page, { wanted: new Set(["queue.depth"]) });

  expect(samples).toEqual([sample("queue.depth", 1)]);
  expect([...families]).toEqual([["queue.depth", { type: "gauge", help: "Jobs\nwaiting." }]]);
  expect(odd.count).toBe(0);
});

test.each(["__proto__", "constructor", "toString"])("a label may be called %s", async (label) => {
  const { samples } = await read(`a{${label}="x"} 1`);

  expect(Object.entries(samples[0]?.labels ?? {})).toEqual([[label, "x"]]);
});

describe.each([
  ["HTML", "<!DOCTYPE html>"],
  ["JSON", '{"status":"success"}'],
  ["prose", "Hello world"],
  ["a name alone", "up"],
  ["no value", "up{}"],
])("a line with %s", (_what, line) => {
  const first = `Cannot read line 3 of the page: "${line}", expected "name{label="value"} number"`;

  test("costs itself alone, and is counted", async () => {
    const { samples, odd } = await read(`a 1\n\n${line}\nb 2\n${line}\n`);

    expect(samples).toEqual([sample("a", 1), sample("b", 2)]);
    expect(odd).toEqual({ count: 2, first });
  });

  test("makes a page without any sample no page, wanted or not", async () => {
    expect(await refusalOf(`\n\n${line}\n`)).toBe(first);
    expect(await refusalOf(`\n\n${line}\n`, { wanted: new Set(["a"]) })).toBe(first);
  });
});

test("readExposition() does not read the lines of unwanted metrics once it has seen a sample", async () => {
  const { samples, odd } = await read("a 1\nup yes\nb{c=d} 2\na 3\n", { wanted: new Set(["a"]) });

  expect(samples).toEqual([sample("a", 1), sample("a", 3)]);
  expect(odd).toEqual({ count: 0 });
});

test.each([
  ["an unknown type", "# TYPE up thermometer", 'line 2 of the page: "# TYPE up thermometer", expected one of counter'],
  ["no end in sight", `up{a="${"x".repeat(2_000_000)}"} 1`, "expected at most 1000000 characters"],
])("a line with %s costs itself alone", async (_what, line, expected) => {
  const { samples, odd } = await readChunks(chunksOf(`a 1\n${line}\nb 2\n`));

  expect(samples).toEqual([sample("a", 1), sample("b", 2)]);
  expect(odd.count).toBe(1);
  expect(odd.first).toContain(expected);
});

test("what is rendered is what is read", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(randomSample(), { maxLength: 20 }), async (samples) => {
      const { samples: found } = await read(samples.map(render).join("\n"));

      expect(found).toEqual(samples);
    }),
  );
});

test("it does not matter where a page is cut into chunks", async () => {
  const bytes = Buffer.from(`${PAGE}\n# HELP ü 日本\na{b="日本 🙂"} 1\r\n`);
  const whole = await readChunks([bytes]);

  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));

      expect(await readChunks(chunks)).toEqual(whole);
    }),
  );
  expect(whole.samples.at(-1)).toEqual(sample("a", 1, { b: "日本 🙂" }));
});

test("no odd line costs a sample of another line", async () => {
  const odd = fc
    .string({ unit: fc.constantFrom(...'a 1 { } " , = \\ # < 温 + . e'.split(" "), " "), minLength: 1, maxLength: 12 })
    .filter((line) => !line.trim().startsWith("#"));

  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(randomSample(), odd), { maxLength: 20 }), async (lines) => {
      const page = lines.map((line) => (typeof line === "string" ? line : render(line)));
      const { samples, odd } = await read(["first 1", ...page].join("\n"));

      const good = lines.filter((line) => typeof line !== "string");
      const extra = samples.length - 1 - good.length;
      const found = samples.filter((sample) => good.some((one) => Bun.deepEquals(one, sample)));
      expect(found.length).toBeGreaterThanOrEqual(good.length);
      expect(odd.count).toBe(lines.filter((line) => typeof line === "string" && line.trim()).length - extra);
    }),
  );
});

test("no bytes whatever make it fail in another way than by naming a line", async () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .string({ unit: fc.constantFrom(...'ab1{}",=\\#\n \t+.eE'.split("")), maxLength: 200 })
      .map((text) => Buffer.from(text)),
    fc.tuple(fc.nat(PAGE.length), fc.uint8Array({ maxLength: 3 })).map(([at, bytes]) => {
      return Buffer.concat([Buffer.from(PAGE.slice(0, at)), bytes, Buffer.from(PAGE.slice(at + 1))]);
    }),
  );

  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      const error: unknown = await readChunks([bytes]).then(
        () => new ProbeError("Cannot read line 0"),
        (reason: unknown) => reason,
      );

      expect(error).toBeInstanceOf(ProbeError);
      expect(String(error)).toMatch(/Cannot read line \d+/);
    }),
    { numRuns: 500 },
  );
});

function randomSample(): fc.Arbitrary<Sample> {
  const word = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/);
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0));
  return fc.record(
    {
      name: fc.oneof(fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,10}$/), fc.string({ unit: "binary", minLength: 1 })),
      labels: fc.dictionary(
        fc.oneof(word, fc.string({ unit: "binary", minLength: 1 })),
        fc.string({ unit: "binary" }),
        { maxKeys: 5, noNullPrototype: true },
      ),
      value: value.map((number) => number + 0),
      timestampMs: fc.maxSafeInteger(),
    },
    { requiredKeys: ["name", "labels", "value"] },
  );
}

function render({ name, labels, value, timestampMs }: Sample): string {
  const list = Object.entries(labels).map(([label, text]) => {
    return `${/^[a-zA-Z_]\w*$/.test(label) ? label : `"${escape(label)}"`}="${escape(text)}"`;
  });
  const number = Number.isFinite(value) ? String(value) : String(value).replace("Infinity", "Inf");
  const series = /^[a-zA-Z_:][\w:]*$/.test(name)
    ? `${name}{${list.join(",")}}`
    : `{${[`"${escape(name)}"`, ...list].join(",")}}`;
  return [series, number, timestampMs].join(" ");
}

function escape(text: string): string {
  return text.replaceAll("\\", String.raw`\\`).replaceAll('"', String.raw`\"`).replaceAll("\n", String.raw`\n`);
}

function sample(name: string, value: number, labels: Record<string, string> = {}): Sample {
  return { name, labels, value };
}

function read(page: string, options?: ExpositionOptions): Promise<Exposition> {
  return readChunks([Buffer.from(page)], options);
}

function readChunks(chunks: readonly Uint8Array[], options?: ExpositionOptions): Promise<Exposition> {
  return readExposition(stream(chunks), options);
}

function chunksOf(page: string): readonly Uint8Array[] {
  const bytes = Buffer.from(page);
  return Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
    bytes.subarray(index * 65_536, (index + 1) * 65_536),
  );
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function refusalOf(page: string, options?: ExpositionOptions): Promise<string> {
  const error: unknown = await read(page, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProbeError);
  return error instanceof ProbeError ? error.message : "";
}
