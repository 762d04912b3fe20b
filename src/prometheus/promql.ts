/** Queries to a Prometheus, or to any server with its query API. */

import type { AggregateQuestion, Point, PointsQuestion, SeriesSource, SeriesWindow } from "../core/system/series.ts";
import { sortedByLabels } from "../core/system/series-aggregate.ts";
import { checkQuestion, describeQuestion, isAggregate, withinCaps } from "../core/system/series-question.ts";
import { ProbeError } from "../core/text/errors.ts";
import { readAddress } from "../io/address.ts";
import { type HttpRequest, requestJson } from "../io/http/http.ts";
import { Reply, readRows } from "./query-reply.ts";
import { expressionOf, selectorOf } from "./question-text.ts";

/** Address and time-out of a Prometheus. */
export interface PrometheusOptions {
  /** Base address; may have a path. */
  readonly url: string;
  readonly token?: string;
  /** Milliseconds. @default {5000} */
  readonly timeoutMs?: number;
}

/** The result of a query. */
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

/** Statuses with which Prometheus sends an error as JSON. */
const REFUSALS = [400, 422, 500, 503];

/** Maximum bytes of an answer: its maximum of points, with room for labels. */
const LARGEST_ANSWER_BYTES = 80_000_000;

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
   * @throws {InvalidInputError} If the question contradicts itself.
   */
  async window(question: PointsQuestion, signal: AbortSignal): Promise<PromqlAnswer> {
    checkQuestion(question);
    const { endMs } = question;
    const query = `${selectorOf(question)}[${Math.max(1, Math.ceil(question.windowMs))}ms]`;
    return await this.instant(query, { signal, ...(endMs !== undefined && { atMs: endMs }) });
  }

  /**
   * Evaluates a question at each moment of its range, in the order of labels.
   * @throws {ProbeError} If no answer comes back, or a refusal.
   * @throws {InvalidInputError} If the question contradicts itself.
   */
  async aggregate(question: AggregateQuestion, signal: AbortSignal): Promise<PromqlAnswer> {
    checkQuestion(question);
    const { metric, range } = question;
    const { series, warnings } = await this.range(expressionOf(question), { ...range, signal });
    return { series: sortedByLabels(series).map((window) => Object.assign(window, { metric })), warnings };
  }

  async #ask(
    endpoint: "query" | "query_range",
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PromqlAnswer> {
    const { url, token, timeoutMs = 5000 } = this.#options;
    const search = new URLSearchParams({ ...parameters, timeout: `${timeoutMs}ms` });
    const address = `${url.replace(/\/*$/, "")}/api/v1/${endpoint}?${search.toString()}`;
    const limits = { timeoutMs, maxBytes: LARGEST_ANSWER_BYTES };
    const request: HttpRequest = { signal, ...limits, statuses: REFUSALS, ...(token && { token }) };
    const reply = await requestJson(address, Reply, request);
    if (reply.status === "success") {
      const { series, warning } = readRows(reply.data);
      return { series, warnings: warning === undefined ? reply.warnings : [...reply.warnings, warning] };
    }
    const { printable } = readAddress(url);
    throw new ProbeError(
      `Cannot query "${printable}" for "${parameters["query"]}": ${reply.errorType}: ${reply.error}`,
    );
  }
}

/**
 * Answers from a Prometheus in the way a recorder does: values that are not a number are left out.
 * @param onWarning Called with the reason why an answer may be partial; what is left of it is still returned.
 */
export function asSeriesSource(client: PrometheusClient, onWarning: (warning: string) => void = ignore): SeriesSource {
  return async (question, signal) => {
    const { series, warnings } = isAggregate(question)
      ? await client.aggregate(question, signal)
      : await client.window(question, signal);
    if (series.length === 0 && warnings.length > 0) {
      const reasons = warnings.join("; ");
      throw new ProbeError(`Cannot read ${describeQuestion(question)} from a partial answer: ${reasons}`);
    }
    for (const warning of warnings) onWarning(warning);
    return withinCaps(question, series.map(withoutNaN).filter(hasPoints));
  };
}

function withoutNaN(window: SeriesWindow): SeriesWindow {
  return window.points.every(isNumber) ? window : { ...window, points: window.points.filter(isNumber) };
}

function isNumber({ value }: Point): boolean {
  return !Number.isNaN(value);
}

function hasPoints({ points }: SeriesWindow): boolean {
  return points.length > 0;
}

function ignore(): void {}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
