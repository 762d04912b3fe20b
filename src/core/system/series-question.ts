/** What holds of every question about series, no matter who answers: it makes sense, and its answer is not too large. */

import { InvalidInputError, ProbeError } from "../text/errors.ts";
import type { Clock } from "./clock.ts";
import type { AggregateQuestion, LabelMatch, SeriesQuestion, SeriesSelection, SeriesWindow } from "./series.ts";

/** Moments of one question, which is also what a Prometheus computes at most. */
export const MOST_MOMENTS = 11_000;
/** Series of one answer. */
export const MOST_SERIES = 20_000;
/** Points of one answer, all series together. */
export const MOST_POINTS = 2_000_000;

/** Whether a question asks for computed values. */
export function isAggregate(question: SeriesQuestion): question is AggregateQuestion {
  return "range" in question;
}

/** The question with its end: now, where it names none. */
export function datedQuestion(question: SeriesQuestion, { now }: Pick<Clock, "now">): SeriesQuestion {
  return isAggregate(question) ? question : { ...question, endMs: question.endMs ?? now() };
}

/** The metric whose samples are read: the buckets of a histogram where a quantile is asked for. */
export function sampledMetricOf(question: SeriesQuestion): string {
  return isAggregate(question) && typeof question.aggregation === "object"
    ? `${question.metric}_bucket`
    : question.metric;
}

/** Whether the labels of a series are those that are asked for. */
export function matchesLabels(own: Readonly<Record<string, string>>, { labels = {} }: SeriesSelection): boolean {
  return Object.entries(labels).every(([name, match]) => {
    const value = own[name] ?? "";
    if (typeof match === "string") return value === match;
    return "not" in match ? value !== match.not : patternOf(match.pattern).test(value);
  });
}

function patternOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "s");
}

/** A question as one line, for messages. */
export function describeQuestion(question: SeriesQuestion): string {
  const { metric, labels = {} } = question;
  const matches = Object.entries(labels).map(([name, match]) => matchText(name, match));
  const selection = matches.length > 0 ? `${metric}{${matches.join(",")}}` : metric;
  if (!isAggregate(question)) return selection;
  const { aggregation, sumBy, isCount = false } = question;
  const of = typeof aggregation === "object" ? `quantile ${aggregation.quantile}` : aggregation;
  return `${of} of ${selection}${sumBy ? ` ${isCount ? "counted" : "summed"} by (${sumBy.join(", ")})` : ""}`;
}

/**
 * Refuses a question that nobody could answer.
 * @throws {InvalidInputError} If it contradicts itself.
 */
export function checkQuestion(question: SeriesQuestion): void {
  const names = [question.metric, ...Object.keys(question.labels ?? {})];
  if (names.includes("")) throw refusal(question, "a name is empty, expected the name of a metric or label");
  for (const match of Object.values(question.labels ?? {})) checkMatch(question, match);
  if (!isAggregate(question)) return;
  const { aggregation, overMs, sumBy = [], range } = question;
  const { startMs, endMs, stepMs } = range;
  if (!isWhole(stepMs) || !isWhole(overMs)) throw refusal(question, "expected whole milliseconds above 0 in each step");
  if (!(startMs <= endMs)) throw refusal(question, "its range ends before it begins");
  if (momentCountOf(question) > MOST_MOMENTS) {
    throw refusal(question, `its range has ${momentCountOf(question)} moments, expected at most ${MOST_MOMENTS}`);
  }
  if (sumBy.includes("")) throw refusal(question, "a name is empty, expected the name of a label");
  if (question.isCount && !question.sumBy)
    throw refusal(question, "a count is one of groups, expected labels to sum by");
  if (typeof aggregation !== "object") return;
  if (question.isCount) throw refusal(question, "a quantile cannot be counted, expected a rate or the last value");
  const { quantile } = aggregation;
  if (!(quantile > 0 && quantile <= 1)) throw refusal(question, "expected a quantile above 0, up to 1");
  if (sumBy.includes("le")) throw refusal(question, 'a quantile has used up its label "le", expected other labels');
}

function checkMatch(question: SeriesQuestion, match: LabelMatch): void {
  if (typeof match === "string" || "not" in match) return;
  try {
    patternOf(match.pattern);
  } catch {
    throw refusal(question, `"${match.pattern}" is no pattern, expected a regular expression`);
  }
}

/** How many moments a range has. */
export function momentCountOf({ range: { startMs, endMs, stepMs } }: AggregateQuestion): number {
  return Math.floor((endMs - startMs) / stepMs) + 1;
}

/**
 * Passes on an answer that is not too large.
 * @throws {ProbeError} If it is.
 */
export function withinCaps(question: SeriesQuestion, series: readonly SeriesWindow[]): readonly SeriesWindow[] {
  if (series.length > MOST_SERIES) throw tooLarge(question, `${series.length} series, expected at most ${MOST_SERIES}`);
  const points = series.reduce((sum, { points }) => sum + points.length, 0);
  if (points > MOST_POINTS) throw tooLarge(question, `${points} points, expected at most ${MOST_POINTS}`);
  return series;
}

/** An answer that is too large, and what makes it smaller. */
export function tooLarge(question: SeriesQuestion, state: string): ProbeError {
  const advice = "select by labels, sum by fewer of them, or ask for a shorter range";
  return new ProbeError(`Cannot read ${describeQuestion(question)}: ${state}; ${advice}`);
}

function refusal(question: SeriesQuestion, state: string): InvalidInputError {
  return new InvalidInputError(`Cannot ask for ${describeQuestion(question)}: ${state}`);
}

function matchText(name: string, match: LabelMatch): string {
  if (typeof match === "string") return `${name}="${match}"`;
  return "not" in match ? `${name}!="${match.not}"` : `${name}=~"${match.pattern}"`;
}

function isWhole(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 0;
}
