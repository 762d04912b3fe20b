import { expect, test } from "bun:test";
import { readSampleLine, readValue, type Sample } from "../../src/prometheus/sample-line.ts";

test.each<[string, Sample]>([
  ['{"queue.depth"} 3', sample("queue.depth", 3)],
  ['{"queue.depth",zone="x"} 3', sample("queue.depth", 3, { zone: "x" })],
  [
    '{ "my.metric" , "label.with.dots" = "x" , } 1 1700000000000',
    { ...sample("my.metric", 1, { "label.with.dots": "x" }), timestampMs: 1_700_000_000_000 },
  ],
  ['{zone="x","queue.depth"} 3', sample("queue.depth", 3, { zone: "x" })],
  ['http_total{"http.status"="200",ok="y"} 3', sample("http_total", 3, { "http.status": "200", ok: "y" })],
  ['http_total{"plain"="200"} 3', sample("http_total", 3, { plain: "200" })],
  [String.raw`{"a\"b\\","c\nd"="{,}"} 1`, sample('a"b\\', 1, { "c\nd": "{,}" })],
  ['{"温度",城市="x"} 1'.replace("城市", '"城市"'), sample("温度", 1, { 城市: "x" })],
  ['{"__proto__"="x","a"} 1', sample("a", 1, Object.fromEntries([["__proto__", "x"]]))],
  ["a 1 st@1520430000.123", sample("a", 1)],
  [
    'a_total 17.0 1520879607 st@1520430000 # {trace_id="x"} 0.5 1',
    { ...sample("a_total", 17), timestampMs: 1520879607 },
  ],
])("readSampleLine() reads %s", (line, expected) => {
  expect(readSampleLine(line, 1)).toEqual(expected);
});

test.each([
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
  ["a label given twice", 'up{a="b",a="c"} 1'],
  ["two names", 'up{"down"} 1'],
  ["two quoted names", '{"up","down"} 1'],
  ["no name", '{a="b"} 1'],
  ["an empty name", '{""} 1'],
  ["a native histogram as text", "n {count:3,sum:2.0} 1"],
])("readSampleLine() refuses a line with %s", (_what, line) => {
  expect(readSampleLine(line, 1)).toBeUndefined();
});

test("readSampleLine() needs time in proportion to the line, whatever is in it", () => {
  const hostile = ['"', "\\", '\\"', "{", ",", '"a"=', 'a="",', "1", " "].flatMap((part) => [
    part.repeat(200_000 / part.length),
    `a{${part.repeat(200_000 / part.length)}`,
    `a{b="${part.repeat(200_000 / part.length)}`,
  ]);

  expect(hostile.map((line) => readSampleLine(line, 1))).toEqual(hostile.map(() => undefined));
});

test.each([
  ["1", 1],
  ["-1.5e3", -1500],
  [".5", 0.5],
  ["5.", 5],
  ["+Inf", Infinity],
  ["-inf", -Infinity],
  ["Infinity", Infinity],
  ["NaN", Number.NaN],
  ["0x10", undefined],
  ["", undefined],
  ["1 ", undefined],
  ["yes", undefined],
  ["1_000", undefined],
])("readValue() reads %p as %p", (text, expected) => {
  expect(readValue(text)).toBe(expected);
});

function sample(name: string, value: number, labels: Record<string, string> = {}): Sample {
  return { name, labels, value };
}
