/** Questions to a real Prometheus, or to whatever else speaks its query API. */

import * as v from "valibot";
import { InvalidInputError, ProbeError } from "../core/errors.ts";
import type { Point, SeriesQuestion, SeriesSource, SeriesWindow } from "../core/series.ts";
import { readAddress } from "../io/address.ts";
import { type HttpRequest, requestJson } from "../io/http.ts";
import { readValue } from "./sample-line.ts";

/** Where a Prometheus answers, and how long it may take. */
export interface PrometheusOptions {
  /** Base address; may have a path. */
  readonly url: string;
  readonly token?: string;
  /** Milliseconds. @default {5000} */
  readonly timeoutMs?: number;
}

/** What a query came to. */
export interface PromqlAnswer {
  /** An instant value is a series of one point; a scalar one without name and labels. */
  readonly series: readonly SeriesWindow[];
  /** Why the answer may be partial; empty where it is whole. */
  readonly warnings: readonly string[];
}

/** The span and grain of a range query. */
export interface RangeOptions {
  /** Epoch milliseconds. */
  readonly startMs: number;
  /** Epoch milliseconds. */
  readonly endMs: number;
  readonly stepMs: number;
  readonly signal: AbortSignal;
}

const Labels = v.record(v.string(), v.string());
/** Seconds and the value as text. */
const Value = v.tuple([v.number(), v.string()]);
const Data = v.variant("resultType", [
  // A native histogram has neither `value` nor `values`.
  v.object({
    resultType: v.literal("vector"),
    result: v.array(v.object({ metric: Labels, value: v.optional(Value) })),
  }),
  v.object({
    resultType: v.literal("matrix"),
    result: v.array(v.object({ metric: Labels, values: v.optional(v.array(Value), []) })),
  }),
  v.object({ resultType: v.picklist(["scalar", "string"]), result: Value }),
]);
const Reply = v.variant("status", [
  v.object({ status: v.literal("success"), data: Data, warnings: v.optional(v.array(v.string()), []) }),
  v.object({ status: v.literal("error"), errorType: v.string(), error: v.string() }),
]);

/** Statuses with which Prometheus says in JSON what is wrong. */
const REFUSALS = [400, 422, 500, 503];

/** One Prometheus. */
export class PrometheusClient {
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  /**
   * Evaluates at one time, by default now.
   * @throws {ProbeError} If no answer comes back, or a refusal.
   */
  instant(query: string, { atMs, signal }: { atMs?: number; signal: AbortSignal }): Promise<PromqlAnswer> {
    return this.#ask("query", { query, ...(atMs !== undefined && { time: inSeconds(atMs) }) }, signal);
  }

  /**
   * Evaluates at each step of a span.
   * @throws {ProbeError} If no answer comes back, or a refusal.
   */
  range(query: string, { startMs, endMs, stepMs, signal }: RangeOptions): Promise<PromqlAnswer> {
    const span = { start: inSeconds(startMs), end: inSeconds(endMs), step: inSeconds(stepMs) };
    return this.#ask("query_range", { query, ...span }, signal);
  }

  /**
   * Reads the stored points of the series that fit the question.
   * @throws {ProbeError} If no answer comes back, or a refusal.
   * @throws {InvalidInputError} If the question names no possible metric or label.
   */
  window(question: SeriesQuestion, signal: AbortSignal): Promise<PromqlAnswer> {
    const { endMs } = question;
    const query = `${selectorOf(question)}[${Math.max(1, Math.ceil(question.windowMs))}ms]`;
    return this.instant(query, { signal, ...(endMs !== undefined && { atMs: endMs }) });
  }

  async #ask(
    endpoint: "query" | "query_range",
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PromqlAnswer> {
    const { url, token, timeoutMs = 5000 } = this.#options;
    const search = new URLSearchParams({ ...parameters, timeout: `${timeoutMs}ms` });
    const address = `${url.replace(/\/*$/, "")}/api/v1/${endpoint}?${search.toString()}`;
    const request: HttpRequest = { signal, timeoutMs, statuses: REFUSALS, ...(token && { token }) };
    const reply = await requestJson(address, Reply, request);
    if (reply.status === "success") return { series: seriesOf(reply.data), warnings: reply.warnings };
    const { printable } = readAddress(url);
    throw new ProbeError(
      `Cannot query "${printable}" for "${parameters["query"]}": ${reply.errorType}: ${reply.error}`,
    );
  }
}

/** Answers from a Prometheus in the way a recorder does: values that are not a number are left out. */
export function asSeriesSource(client: PrometheusClient): SeriesSource {
  return async (question, signal) => {
    const { series, warnings } = await client.window(question, signal);
    if (series.length > 0 || warnings.length === 0) return series.map(withoutNaN);
    throw new ProbeError(`Cannot read series "${selectorOf(question)}" from a partial answer: ${warnings.join("; ")}`);
  };
}

function withoutNaN(window: SeriesWindow): SeriesWindow {
  return { ...window, points: window.points.filter(({ value }) => !Number.isNaN(value)) };
}

function selectorOf({ metric, labels = {} }: SeriesQuestion): string {
  if (!/^[a-zA-Z_:][\w:]*$/.test(metric)) throw unnameable("metric", metric);
  const matchers = Object.entries(labels).map(([name, value]) => {
    if (!/^[a-zA-Z_]\w*$/.test(name)) throw unnameable("label", name);
    return `${name}=${JSON.stringify(value)}`;
  });
  return `${metric}{${matchers.join(",")}}`;
}

function unnameable(what: string, name: string): InvalidInputError {
  return new InvalidInputError(`Cannot ask for ${what} "${name}": no name, expected letters, digits and "_"`);
}

function seriesOf(data: v.InferOutput<typeof Data>): readonly SeriesWindow[] {
  switch (data.resultType) {
    case "vector":
      return data.result.map(({ metric, value }) => windowOf(metric, value ? [value] : []));
    case "matrix":
      return data.result.map(({ metric, values }) => windowOf(metric, values));
    case "scalar":
    case "string":
      return [windowOf({}, [data.result])];
  }
}

function windowOf(
  { __name__: metric = "", ...labels }: v.InferOutput<typeof Labels>,
  values: readonly v.InferOutput<typeof Value>[],
): SeriesWindow {
  const points = values.map(([seconds, text]): Point => ({ atMs: Math.round(seconds * 1000), value: readValue(text) }));
  return { metric, labels, points };
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
