/** Questions about series as PromQL. */

import type { AggregateQuestion, LabelMatch, SeriesQuestion, SeriesSelection } from "../core/system/series.ts";
import { sampledMetricOf } from "../core/system/series-question.ts";

const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL_NAME = /^[a-zA-Z_]\w*$/;

/** The selector of the series that a question is about, for instance `up{job="a"}`. */
export function selectorOf(question: SeriesQuestion): string {
  const metric = sampledMetricOf(question);
  const matchers = matchersOf(question);
  if (METRIC_NAME.test(metric)) return `${metric}{${matchers.join(",")}}`;
  return `{${[`__name__=${JSON.stringify(metric)}`, ...matchers].join(",")}}`;
}

/** What a Prometheus computes at each moment. Ranges rather than instant values: those would look back five minutes. */
export function expressionOf(question: AggregateQuestion): string {
  const { aggregation, overMs, sumBy, isCount = false } = question;
  const over = `${aggregation === "last" ? "last_over_time" : "rate"}(${selectorOf(question)}[${overMs}ms])`;
  const group = isCount ? "count" : "sum";
  if (typeof aggregation !== "object")
    return sumBy ? `${group} by (${sumBy.map(labelName).join(",")}) (${over})` : over;
  const buckets = sumBy ? `sum by (${["le", ...sumBy.map(labelName)].join(",")}) (${over})` : over;
  return `histogram_quantile(${aggregation.quantile},${buckets})`;
}

function matchersOf({ labels = {} }: SeriesSelection): readonly string[] {
  return Object.entries(labels).map(([name, match]) => `${labelName(name)}${matcherOf(match)}`);
}

function matcherOf(match: LabelMatch): string {
  if (typeof match === "string") return `=${JSON.stringify(match)}`;
  return "not" in match ? `!=${JSON.stringify(match.not)}` : `=~${JSON.stringify(match.pattern)}`;
}

/** Any name may be in quotes since Prometheus 3; an older one refuses it. */
function labelName(name: string): string {
  return LABEL_NAME.test(name) ? name : JSON.stringify(name);
}
