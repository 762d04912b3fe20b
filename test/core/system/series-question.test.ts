import { expect, test } from "bun:test";
import type { AggregateQuestion, SeriesQuestion, SeriesWindow } from "../../../src/core/system/series.ts";
import {
  checkQuestion,
  datedQuestion,
  describeQuestion,
  MOST_POINTS,
  MOST_SERIES,
  matchesLabels,
  momentCountOf,
  withinCaps,
} from "../../../src/core/system/series-question.ts";
import { InvalidInputError, ProbeError } from "../../../src/core/text/errors.ts";

const RATE: AggregateQuestion = {
  metric: "a_total",
  labels: { b: "c", d: { not: "e" } },
  aggregation: "rate",
  overMs: 60_000,
  range: { startMs: 1000, endMs: 10_000, stepMs: 1000 },
};

test.each<[string, SeriesQuestion, string]>([
  ["no metric", { metric: "", windowMs: 1 }, "a name is empty"],
  ["a label without a name", { metric: "a", labels: { "": "b" }, windowMs: 1 }, "a name is empty"],
  ["a sum by nothing", { ...RATE, sumBy: [""] }, "a name is empty"],
  ["no step", { ...RATE, range: { ...RATE.range, stepMs: 0 } }, "expected whole milliseconds above 0"],
  ["half a step", { ...RATE, range: { ...RATE.range, stepMs: 0.5 } }, "expected whole milliseconds above 0"],
  ["nothing to compute from", { ...RATE, overMs: 0 }, "expected whole milliseconds above 0"],
  ["a range backwards", { ...RATE, range: { startMs: 2, endMs: 1, stepMs: 1 } }, "ends before it begins"],
  ["no range", { ...RATE, range: { startMs: Number.NaN, endMs: 1, stepMs: 1 } }, "ends before it begins"],
  [
    "too many moments",
    { ...RATE, range: { startMs: 0, endMs: 11_000, stepMs: 1 } },
    "11001 moments, expected at most 11000",
  ],
  ["quantile 0", { ...RATE, aggregation: { quantile: 0 } }, "expected a quantile above 0"],
  ["quantile 99", { ...RATE, aggregation: { quantile: 99 } }, "expected a quantile above 0"],
  ["a quantile by bucket", { ...RATE, aggregation: { quantile: 0.9 }, sumBy: ["le"] }, "expected other labels"],
  ["a count without groups", { ...RATE, isCount: true }, "expected labels to sum by"],
  ["a count of a quantile", { ...RATE, aggregation: { quantile: 0.5 }, sumBy: [], isCount: true }, "cannot be counted"],
  ["a broken pattern", { ...RATE, labels: { b: { pattern: "(" } } }, "is no pattern"],
])("checkQuestion() refuses %s", (_what, question, expected) => {
  expect(() => checkQuestion(question)).toThrow(InvalidInputError);
  expect(() => checkQuestion(question)).toThrow(expected);
});

test("checkQuestion() passes what can be answered", () => {
  checkQuestion(RATE);
  checkQuestion({ ...RATE, range: { startMs: 0, endMs: 10_999, stepMs: 1 }, sumBy: [] });
  checkQuestion({ ...RATE, range: { startMs: 5, endMs: 5, stepMs: 1000 }, aggregation: { quantile: 1 } });
  checkQuestion({ metric: "my.metric", labels: { "a.b": "" }, windowMs: 1000 });

  expect(momentCountOf(RATE)).toBe(10);
});

test("describeQuestion() says what is asked in one line", () => {
  const quantile = { ...RATE, aggregation: { quantile: 0.99 }, sumBy: ["x", "y"] };

  expect([quantile, { metric: "up", windowMs: 1 }].map(describeQuestion)).toEqual([
    'quantile 0.99 of a_total{b="c",d!="e"} summed by (x, y)',
    "up",
  ]);
  expect(describeQuestion({ ...RATE, labels: { b: { pattern: "c.*" } }, sumBy: ["x"], isCount: true })).toBe(
    'rate of a_total{b=~"c.*"} counted by (x)',
  );
});

test("datedQuestion() ends now what has no end", () => {
  const clock = { now: () => 7 };

  expect(datedQuestion({ metric: "a", windowMs: 1 }, clock)).toEqual({ metric: "a", windowMs: 1, endMs: 7 });
  expect(datedQuestion({ metric: "a", windowMs: 1, endMs: 3 }, clock)).toEqual({ metric: "a", windowMs: 1, endMs: 3 });
  expect(datedQuestion(RATE, clock)).toBe(RATE);
});

test("matchesLabels() takes a label that is missing for an empty one", () => {
  const selection = { metric: "a", labels: { b: "", c: { not: "" }, d: { not: "x" } } };
  const fits = [{ c: "1" }, { b: "", c: "1", d: "y" }, { b: "1", c: "1" }, { b: "", c: "" }, { c: "1", d: "x" }];

  expect(fits.map((own) => matchesLabels(own, selection))).toEqual([true, true, false, false, false]);
});

test("matchesLabels() fits a pattern to the whole of a label", () => {
  const selection = { metric: "a", labels: { b: { pattern: "x|y.*" } } };

  expect(["x", "y", "yes", "xx", "ay", ""].map((b) => matchesLabels({ b }, selection))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("withinCaps() refuses an answer with too many series or points, and says what makes it smaller", () => {
  const one: SeriesWindow = { metric: "a", labels: {}, points: [{ atMs: 1, value: 1 }] };
  const long = { ...one, points: Array.from({ length: MOST_POINTS }, () => ({ atMs: 1, value: 1 })) };
  const wide = Array.from({ length: MOST_SERIES }, () => one);
  const advice = "select by labels, sum by fewer of them, or ask for a shorter range";

  expect(withinCaps(RATE, wide)).toBe(wide);
  expect(() => withinCaps(RATE, [...wide, one])).toThrow(ProbeError);
  expect(() => withinCaps(RATE, [...wide, one])).toThrow(`20001 series, expected at most 20000; ${advice}`);
  expect(() => withinCaps(RATE, [long, one])).toThrow(`2000001 points, expected at most 2000000; ${advice}`);
});
