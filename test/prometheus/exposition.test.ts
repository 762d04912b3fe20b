import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ProbeError } from "../../src/core/errors.ts";
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

  expect(samples.map(({ value, timestampMs }) => [value, timestampMs])).toEqual([
    [807283, 1605301325500],
    [1605281325, undefined],
    [17, undefined],
    [17, 1605301325000],
  ]);
  expect(families.get("acme_http_router_request_seconds")).toEqual({
    type: "summary",
    unit: "seconds",
    help: 'Latency, "quoted".',
  });
});

test("readExposition() refuses an OpenMetrics page that is cut off or goes on after its end", async () => {
  const cut = await refusalOf("a 1\nb 2\n", { openMetrics: true });
  const overlong = await refusalOf("a 1\n# EOF\nb 2\n", { openMetrics: true });

  expect(cut).toBe('Cannot read the page: it ends after line 2, expected "# EOF"');
  expect(overlong).toBe('Cannot read line 3 of the page: "b 2", expected nothing after "# EOF"');
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
  ["no space before the value", "up1x"],
  ["a value that is no number", "up yes"],
  ["a hexadecimal value", "up 0x10"],
  ["an empty value", 'up{a="b"} # {} 1'],
  ["text after the value", "up 1 2 3"],
  ["a name that begins with a digit", "1up 1"],
  ["a label without quotes", "up{a=b} 1"],
  ["a label name with a colon", 'up{a:b="c"} 1'],
  ["a label without a name", 'up{="c"} 1'],
  ["two commas", 'up{a="b",,} 1'],
  ["a comma alone", "up{,} 1"],
  ["no comma", 'up{a="b"c="d"} 1'],
  ["braces that stay open", 'up{a="b" 1'],
  ["quotes that stay open", 'up{a="b} 1'],
  ["quotes that are escaped", String.raw`up{a="b\"} 1`],
])("a line with %s", (_what, line) => {
  test("is refused by its number, wanted or not", async () => {
    const expected = `Cannot read line 3 of the page: "${line}", expected "name{label="value"} number"`;

    expect(await refusalOf(`a 1\n\n${line}\nb 2\n`)).toBe(expected);
    expect(await refusalOf(`a 1\n\n${line}\nb 2\n`, { wanted: new Set(["a"]) })).toBe(expected);
  });
});

test("a label given twice, an unknown type and an endless line are refused", async () => {
  expect(await refusalOf('up{a="b",a="c"} 1')).toContain('line 1 of the page: "up{a="b",a="c"} 1"');
  expect(await refusalOf("# TYPE up thermometer")).toContain(
    'line 1 of the page: "# TYPE up thermometer", expected one of counter',
  );
  expect(await refusalOf(`up{a="${"x".repeat(2_000_000)}"} 1`)).toContain("expected at most 1000000 characters");
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
      name: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,10}$/),
      labels: fc.dictionary(word, fc.string({ unit: "binary" }), { maxKeys: 5, noNullPrototype: true }),
      value: value.map((number) => number + 0),
      timestampMs: fc.maxSafeInteger(),
    },
    { requiredKeys: ["name", "labels", "value"] },
  );
}

function render({ name, labels, value, timestampMs }: Sample): string {
  const list = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  const number = Number.isFinite(value) ? String(value) : String(value).replace("Infinity", "Inf");
  return [`${name}{${list.join(",")}}`, number, timestampMs].join(" ");
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

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function refusalOf(page: string, options?: ExpositionOptions): Promise<string> {
  const error: unknown = await read(page, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProbeError);
  return error instanceof ProbeError ? error.message : "";
}
