/** One judgement per store by its metrics; a store that is silent, or whose metrics nobody keeps, is unknown. */

import { type Judgement, NO_TRAFFIC, type Thresholds } from "../../../core/subject/invariant.ts";
import type { Scalar } from "../../../core/words/ids.ts";
import type { StoreMetrics, TikvMetrics } from "../metrics/read-metrics.ts";
import type { StoreReading, TikvReadings } from "../observation.ts";

/** Reasons of every invariant that is judged by metrics. */
export const METRIC_REASONS = ["no-metrics", "store-silent", NO_TRAFFIC] as const;

/** It leads no region by PD's register: others serve what it would serve. */
export const LEADS_NOTHING = "leads-nothing";

/** Why a store cannot be judged by its metrics. */
export type MetricReason = (typeof METRIC_REASONS)[number];

/** All of a judgement but whom it is about. */
export type Said<Reason extends string> = Pick<
  Judgement<Reason | MetricReason>,
  "verdict" | "reason" | "summary" | "evidence"
>;

/** What a store is judged by. */
export interface Measured {
  readonly reading: StoreReading;
  readonly metrics: StoreMetrics;
}

/** Judges every store that answers by what its metrics came to. */
export function eachStore<Reason extends string>(
  { status, metrics }: Pick<TikvReadings, "status" | "metrics">,
  judge: (measured: Measured) => Said<Reason>,
): readonly Judgement<Reason | MetricReason>[] {
  return status.map((reading) => {
    const { component, store } = reading;
    const own = metrics.stores[store.statusAddress];
    const said = own ? judgeOne(reading, own, judge) : undefined;
    return { entity: component, on: component, ...(said ?? unmeasured(reading, metrics)) };
  });
}

/** One figure held against one threshold. */
export interface Bound {
  /** What is measured, as a person reads it: `p99 write latency`. */
  readonly name: string;
  readonly value: number | undefined;
  readonly threshold: number;
  /** Renders a value. */
  readonly format: (value: number) => string;
  /** Name of the figure in the evidence, with its unit. */
  readonly evidence: string;
}

/**
 * A figure of the regions that a store leads: violated where it is above its threshold, unknown without traffic where there is
 * none. A store that leads no region, such as a drained one, has no requests that could be late.
 */
export function atMost<Reason extends string>(
  { component, store: { state, leaderCount, unreadable } }: Pick<StoreReading, "component" | "store">,
  { name, value, threshold, format, evidence }: Bound,
  reasons: { readonly holds: Reason; readonly violated: Reason },
): Said<Reason | typeof LEADS_NOTHING> {
  if (value === undefined && state === "Up" && leaderCount === 0 && unreadable === undefined) {
    const summary = `${component} leads no region: others serve its requests`;
    return { verdict: "holds", reason: LEADS_NOTHING, summary, evidence: { leaderCount } };
  }
  if (value === undefined)
    return { verdict: "unknown", reason: NO_TRAFFIC, summary: `${component}: no traffic`, evidence: {} };
  const isAbove = value > threshold;
  return {
    verdict: isAbove ? "violated" : "holds",
    reason: isAbove ? reasons.violated : reasons.holds,
    summary: `${component}: ${name} ${format(value)} (threshold ${format(threshold)})`,
    evidence: { [evidence]: value, [`${evidence}Threshold`]: threshold },
  };
}

/** A threshold that the invariant declares. */
export function thresholdOf(thresholds: Thresholds, name: string): number {
  const value = thresholds[name];
  if (value === undefined) throw new RangeError(`Cannot find threshold "${name}"`);
  return value;
}

/** Figures that may not be known, as evidence. */
export function known(figures: Readonly<Record<string, Scalar | undefined>>): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(figures).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** What its metrics came to; of a store that is silent they are of the past. */
function judgeOne<Reason extends string>(
  reading: StoreReading,
  metrics: StoreMetrics,
  judge: (measured: Measured) => Said<Reason>,
): Said<Reason> | undefined {
  return "failed" in reading.status ? undefined : judge({ reading, metrics });
}

/** Why a store cannot be judged by its metrics. */
function unmeasured({ component, store, status }: StoreReading, { stores, keeper }: TikvMetrics): Said<never> {
  const unknown = { verdict: "unknown", evidence: {} } as const;
  const { statusAddress } = store;
  if (statusAddress === "") {
    const summary = `Unknown: PD has no status address of ${component}, where its metrics are`;
    return { ...unknown, reason: "no-metrics", summary };
  }
  if ("failed" in status) {
    return { ...unknown, reason: "store-silent", summary: `Unknown: ${component} does not answer` };
  }
  const own = `Unknown: no metrics of ${component} at ${statusAddress}`;
  if (keeper === undefined) return { ...unknown, reason: "no-metrics", summary: own };
  const isAlone = Object.keys(stores).length > 0;
  const why = isAlone
    ? `has none with instance="${statusAddress}"`
    : "has none of any store: no job of it scrapes TiKV's status ports";
  return { ...unknown, reason: "no-metrics", summary: `${own}: Prometheus at ${keeper} ${why}` };
}
