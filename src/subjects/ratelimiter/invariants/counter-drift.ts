/** Compares the same counter as reported by each node, and allows for changes between the reads. */

import type { Judgement, Thresholds } from "../../../core/subject/invariant.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { AdmissionSeries, Counter } from "../client/replies.ts";
import { type Span, unitsTouched } from "../keys/admission-sums.ts";
import { entityOfKey } from "../keys/keys.ts";
import { invariant, type KeyLogs, type KeyReading, type NodeReading } from "../observation.ts";
import { CLUSTER, REDIS } from "../topology.ts";

/** All nodes count the same for the same key. */
export const counterDrift = invariant({
  id: "counter-drift",
  severity: "critical",
  symptom: "wrong-result",
  graceMs: 30_000,
  rationale: "Nodes that count separately each allow the whole limit.",
  thresholds: {
    toleranceRatio: {
      default: 0.05,
      description: "Difference of counts that is always accepted, as a share of the limit",
    },
    toleranceUnits: { default: 2, description: "Difference of counts that is always accepted, in units" },
  },
  needs: ["nodes", "keys"],
  reasons: ["agree", "apart", "compared", "not-comparable", "node-silent"],
  check: ({ nodes, keys: { keys, logs, suspects } }, { thresholds, atMs }) => {
    const aloneMs = suspects.filter(({ why }) => why === "counted alone").map(({ lastMs }) => lastMs);
    const asked = { nodes, logs, aloneAgoMs: atMs - Math.max(...aloneMs) };
    return [coverage(nodes, keys.length), ...keys.map((key) => judgeKey(key, asked, thresholds))];
  },
});

type Reason = "agree" | "apart" | "compared" | "not-comparable" | "node-silent";

/** What is known besides the key. */
interface Asked {
  readonly nodes: readonly NodeReading[];
  /** When the counts were read. */
  readonly logs: KeyLogs;
  /** How long ago a node last decided alone. */
  readonly aloneAgoMs: number;
}

interface Opinion extends Counter {
  readonly component: ComponentId;
}

/** Always judged, so that a look without comparisons does not look like agreement. */
function coverage(nodes: readonly NodeReading[], keysCompared: number): Judgement<Reason> {
  const answering = nodes.filter(({ admissions }) => "value" in admissions).length;
  const judgement = {
    entity: CLUSTER,
    on: CLUSTER,
    evidence: { nodesAnswering: answering, keysCompared },
  };
  if (answering === 0) {
    return { ...judgement, verdict: "unknown", reason: "node-silent", summary: "No node reports its counts" };
  }
  const summary = `Keys whose counts were compared: ${keysCompared}`;
  return { ...judgement, verdict: "holds", reason: "compared", summary };
}

function judgeKey(
  { key, counters, logs }: KeyReading,
  { nodes, logs: span, aloneAgoMs }: Asked,
  thresholds: Thresholds,
): Judgement<Reason> {
  const opinions = opinionsOf(counters, nodes);
  const entity = entityOfKey(key);
  // A node that is the only one has nobody to disagree with.
  const fewest = Math.min(2, nodes.length);
  if (opinions.length < fewest) {
    const summary = `Cannot compare counts of "${key}": too few nodes decide by a count (${opinions.length}, expected ${fewest})`;
    return { entity, on: CLUSTER, verdict: "unknown", reason: "not-comparable", summary, evidence: {} };
  }
  const { toleranceRatio = 0, toleranceUnits = 0 } = thresholds;
  const counts = opinions.map(({ count }) => count);
  const limit = Math.max(...opinions.map((opinion) => opinion.limit));
  const explained = Math.max(explainedBy(logs, span, opinions), reportedBy(logs, { ...span, aloneAgoMs }, opinions));
  const allowed = Math.ceil(explained + Math.max(toleranceUnits, toleranceRatio * limit));
  const apart = Math.max(...counts) - Math.min(...counts);
  const shown = opinions.map(({ component, count, source }) => [component, `${count} by ${source}`]);
  const evidence = { apart, allowed, explained, ...Object.fromEntries(shown) };
  if (apart <= allowed) {
    return { entity, on: CLUSTER, verdict: "holds", reason: "agree", summary: `Counts of "${key}" agree`, evidence };
  }
  const summary = `Counts of "${key}" differ by ${apart} (threshold ${allowed}): ${describe(opinions)}`;
  return { entity, on: odd(opinions), verdict: "violated", reason: "apart", summary, evidence };
}

/** The counts by which nodes decide: a node uses its own count only under the policy `local`. */
function opinionsOf(counters: KeyReading["counters"], nodes: readonly NodeReading[]): readonly Opinion[] {
  const without = new Set(nodes.filter(refusesOrAllowsAll).map(({ component }) => component));
  const read = counters.flatMap(({ component, counter }) =>
    "value" in counter ? [{ component, ...counter.value }] : [],
  );
  return read.filter(({ component, source }) => source === "redis" || !without.has(component));
}

function refusesOrAllowsAll({ config }: NodeReading): boolean {
  return "value" in config && config.value.onRedisFailure !== "local";
}

/** How far a count may have changed while the nodes were asked: units that were allowed meanwhile, or left the window. */
function explainedBy(logs: readonly AdmissionSeries[], span: Span, opinions: readonly Opinion[]): number {
  const added = unitsTouched(logs, span);
  const left = logs.reduce((sum, series) => sum + unitsTouched([series], shifted(span, series.windowMs)), 0);
  // Estimating algorithms decrease counts evenly, and `fixed-window` restarts with each window.
  const evenly = opinions.map(({ limit, windowMs }) => (limit * (span.toUs - span.fromUs)) / (windowMs * 1000));
  const anew = opinions.some(({ windowMs }) => windowOf(span.fromUs, windowMs) !== windowOf(span.toUs, windowMs));
  const restarts = anew && logs.some(({ algorithm }) => algorithm === "fixed-window");
  return restarts ? Number.MAX_SAFE_INTEGER : Math.max(added, left, ...evenly);
}

/**
 * How far a report may have changed a count while the nodes were asked: a node that decided alone within the window
 * reports its units to Redis some time after it is connected again. A node that still counts alone is judged as usual.
 */
function reportedBy(
  logs: readonly AdmissionSeries[],
  { fromUs, toUs, aloneAgoMs }: Span & Pick<Asked, "aloneAgoMs">,
  opinions: readonly Opinion[],
): number {
  const windowMs = Math.max(...opinions.map((opinion) => opinion.windowMs));
  if (aloneAgoMs > windowMs || opinions.some(({ source }) => source === "local")) return 0;
  return unitsTouched(logs, { fromUs: fromUs - windowMs * 1000, toUs });
}

function shifted({ fromUs, toUs }: Span, windowMs: number): Span {
  return { fromUs: fromUs - windowMs * 1000, toUs: toUs - windowMs * 1000 };
}

function windowOf(timeUs: number, windowMs: number): number {
  return Math.floor(timeUs / (windowMs * 1000));
}

/** The node whose count deviates from the median; Redis if every node counts alone; the cluster if it is not clear. */
function odd(opinions: readonly Opinion[]): ComponentId {
  const local = opinions.filter(({ source }) => source === "local");
  if (local.length === opinions.length) return REDIS;
  const [first, ...others] = local;
  if (first) return others.length === 0 ? first.component : CLUSTER;
  const sorted = opinions.toSorted((a, b) => a.count - b.count);
  const middle = sorted[Math.floor(sorted.length / 2)]?.count ?? 0;
  const away = opinions.filter(({ count }) => count !== middle);
  return opinions.length > 2 && away.length === 1 ? (away[0]?.component ?? CLUSTER) : CLUSTER;
}

function describe(opinions: readonly Opinion[]): string {
  return opinions.map(({ component, count, source }) => `${component} ${count} by ${source}`).join(", ");
}
