import { expect, test } from "bun:test";
import type { AggregateQuestion, SeriesQuestion } from "../../src/core/system/series.ts";
import { expressionOf, selectorOf } from "../../src/prometheus/question-text.ts";

const OVER = { overMs: 90_500, range: { startMs: 0, endMs: 1, stepMs: 1 } };

test.each<[string, SeriesQuestion]>([
  ["up{}", { metric: "up", windowMs: 1 }],
  ['a:b_total{c="d",e!="f"}', { metric: "a:b_total", labels: { c: "d", e: { not: "f" } }, windowMs: 1 }],
  [String.raw`up{path="C:\\\"x\"\n{}"}`, { metric: "up", labels: { path: 'C:\\"x"\n{}' }, windowMs: 1 }],
  ['up{name=~"(?:a|b)_[0-9].*"}', { metric: "up", labels: { name: { pattern: "(?:a|b)_[0-9].*" } }, windowMs: 1 }],
  ['{__name__="my.metric","a.b"="c"}', { metric: "my.metric", labels: { "a.b": "c" }, windowMs: 1 }],
  [String.raw`{__name__="up} or vector(1){\""}`, { metric: 'up} or vector(1){"', windowMs: 1 }],
  [String.raw`up{"a=\"b\",c"="d"}`, { metric: "up", labels: { 'a="b",c': "d" }, windowMs: 1 }],
  ["lat_bucket{}", { metric: "lat", aggregation: { quantile: 0.5 }, ...OVER }],
])("selectorOf() writes %s", (expected, question) => {
  expect(selectorOf(question)).toBe(expected);
});

test.each<[string, AggregateQuestion]>([
  ["last_over_time(a{}[90500ms])", { metric: "a", aggregation: "last", ...OVER }],
  ["sum by () (rate(a{}[90500ms]))", { metric: "a", aggregation: "rate", sumBy: [], ...OVER }],
  ['sum by (b,"c.d") (rate(a{}[90500ms]))', { metric: "a", aggregation: "rate", sumBy: ["b", "c.d"], ...OVER }],
  ["count by (b) (rate(a{}[90500ms]))", { metric: "a", aggregation: "rate", sumBy: ["b"], isCount: true, ...OVER }],
  ["histogram_quantile(0.9,rate(a_bucket{}[90500ms]))", { metric: "a", aggregation: { quantile: 0.9 }, ...OVER }],
  [
    "histogram_quantile(1,sum by (le,b) (rate(a_bucket{}[90500ms])))",
    { metric: "a", aggregation: { quantile: 1 }, sumBy: ["b"], ...OVER },
  ],
])("expressionOf() writes %s", (expected, question) => {
  expect(expressionOf(question)).toBe(expected);
});
