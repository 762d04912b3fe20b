/** Metrics of one node for Prometheus. The hot path counts in plain numbers, which are read at a scrape. */

import { Counter, Gauge, Registry, type RegistryContentType } from "prom-client";
import { REDIS_TROUBLE_WORDS, type RedisTrouble } from "../io/redis-trouble.ts";
import type { ConnectionCounts } from "./api/http/server.ts";
import type { Decision, RedisHealth, Withheld } from "./decide/decision.ts";
import { ArrivalWaits } from "./latency/arrival-waits.ts";
import { type EventLoopWatch, LONG_STALL_MS } from "./latency/event-loop.ts";
import { LatencyHistogram } from "./latency/latency-histogram.ts";

/** The figures that the hot path counts. */
export class LimiterMetrics {
  /** Check requests, by result. */
  readonly results = { allowed: 0, limited: 0, blocked: 0, unavailable: 0, draining: 0, invalid: 0 };
  /** Decisions, by what made them. */
  readonly sources: Record<Decision["source"], number> = { redis: 0, cache: 0, local: 0, open: 0, closed: 0 };
  /** Checks that the limit would allow and that the node refused while it decided alone, by reason. */
  readonly withheld: Record<Withheld, number> = { share: 0, "no-register": 0, "just-started": 0 };
  readonly checks = new LatencyHistogram("ratelimiter_check_duration_seconds", "Time to answer one check");
  readonly redisCalls = new LatencyHistogram("ratelimiter_redis_duration_seconds", "Time of one Redis call for checks");
  /** The wait of requests before a handler begins, which the handler's own time does not contain. */
  readonly arrivalWaits = new ArrivalWaits();
  redisErrors = 0;
  /** The last failed call to Redis. */
  lastRedisError: { readonly atMs: number; readonly message: string } | undefined;
  /** Connections that closed during a request: while its body was awaited, or before a check was answered. */
  readonly disconnects = { body: 0, answer: 0 };
  readonly connections: ConnectionCounts = { open: 0, idleClosed: 0, pauses: 0 };
}

/** Sources that are read at the scrape. */
export interface MetricsSources {
  readonly node: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly health: () => RedisHealth;
  readonly activeKeys: () => number;
  readonly draining: () => boolean;
  readonly loop: Pick<EventLoopWatch, "lagSeconds" | "stalledSeconds">;
}

/** Counts by the value of one label. */
interface LabelledCounts {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Media types of the page, by the name of its format. */
export const EXPOSITION_TYPES = {
  "text/plain": Registry.PROMETHEUS_CONTENT_TYPE,
  "application/openmetrics-text": Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

/** A format of the page, by its media type without parameters. */
export type ExpositionFormat = keyof typeof EXPOSITION_TYPES;

/** The metrics page in one format, as of now. */
export type Exposition = (format: ExpositionFormat) => Promise<string>;

type AnyRegistry = Registry<RegistryContentType>;

const END = "# EOF\n";

/** Answers the metrics page. */
export function exposition(metrics: LimiterMetrics, sources: MetricsSources): Exposition {
  // The library renames a counter for OpenMetrics permanently, so each format has its own metrics.
  const registries = {
    "text/plain": registryOf(metrics, sources, Registry.PROMETHEUS_CONTENT_TYPE),
    "application/openmetrics-text": registryOf(metrics, sources, Registry.OPENMETRICS_CONTENT_TYPE),
  };
  return async (format) => {
    const page = await registries[format].metrics();
    const histograms = [metrics.checks, metrics.redisCalls, metrics.arrivalWaits].map((one) => one.exposition());
    if (format === "text/plain") return [page, ...histograms].join("\n");
    return [page.slice(0, -END.length), ...histograms, END].join("");
  };
}

function registryOf(metrics: LimiterMetrics, sources: MetricsSources, type: RegistryContentType): AnyRegistry {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(type);
  addRequests(registry, metrics);
  addConnections(registry, metrics);
  addNode(registry, sources);
  addProcess(registry, sources);
  return registry;
}

function addRequests(registry: AnyRegistry, metrics: LimiterMetrics): void {
  const { results, sources, withheld } = metrics;
  addLabelled(registry, {
    name: "ratelimiter_requests_total",
    help: "Check requests, by result",
    label: "result",
    counts: results,
  });
  addLabelled(registry, {
    name: "ratelimiter_decisions_total",
    help: "Decisions, by what made them",
    label: "source",
    counts: sources,
  });
  addLabelled(registry, {
    name: "ratelimiter_withheld_total",
    help: "Checks that the limit would allow and that a node refused while it decided alone",
    label: "reason",
    counts: withheld,
  });
  addCounter(
    registry,
    ["ratelimiter_redis_errors_total", "Failed calls to Redis for checks"],
    () => metrics.redisErrors,
  );
}

function addConnections(registry: AnyRegistry, { disconnects, connections }: LimiterMetrics): void {
  addLabelled(registry, {
    name: "ratelimiter_disconnects_total",
    help: "Connections closed during a request: while its body was awaited, or before a check was answered",
    label: "awaiting",
    counts: disconnects,
  });
  addGauge(registry, ["ratelimiter_open_connections", "Open connections"], () => connections.open);
  addCounter(
    registry,
    ["ratelimiter_idle_connections_closed_total", "Idle connections closed to make room"],
    () => connections.idleClosed,
  );
  addCounter(
    registry,
    ["ratelimiter_accept_pauses_total", "Pauses in accepting connections"],
    () => connections.pauses,
  );
}

function addNode(registry: AnyRegistry, sources: MetricsSources): void {
  const { node, version, health, activeKeys, draining, loop } = sources;
  addCounter(
    registry,
    ["ratelimiter_degraded_seconds_total", "Time without Redis, summed over the primaries of a Cluster"],
    () => health().degradedSeconds,
  );
  addDegraded(registry, () => health().alone?.reason);
  addGauge(registry, ["ratelimiter_draining", "1 while the node is draining and refuses new checks"], () =>
    Number(draining()),
  );
  addGauge(registry, ["ratelimiter_active_keys", "Keys in the admission log"], activeKeys);
  addCounter(registry, ["ratelimiter_event_loop_lag_seconds_total", "Delay of timers, summed"], () => loop.lagSeconds);
  addCounter(
    registry,
    ["ratelimiter_stalled_seconds_total", `Time in stalls of the event loop of ${LONG_STALL_MS} ms or longer`],
    () => loop.stalledSeconds,
  );
  const name = "ratelimiter_build_info";
  const info = new Gauge({ name, help: "Always 1", labelNames: ["version", "node"], registers: [registry] });
  info.set({ version, node: String(node) }, 1);
}

/** One series for each reason, so that none appears or disappears with an outage. */
function addDegraded(registry: AnyRegistry, reason: () => RedisTrouble | undefined): void {
  const gauge = new Gauge({
    name: "ratelimiter_degraded",
    help: "1 while checks are decided without Redis for this reason",
    labelNames: ["reason"],
    registers: [],
    collect() {
      const current = reason();
      for (const word of REDIS_TROUBLE_WORDS) this.set({ reason: word }, Number(word === current));
    },
  });
  registry.registerMetric(gauge);
}

function addProcess(registry: AnyRegistry, { startedAtMs }: MetricsSources): void {
  addCounter(registry, ["process_cpu_seconds_total", "User and system CPU time"], cpuSeconds);
  addGauge(registry, ["process_resident_memory_bytes", "Resident memory"], () => process.memoryUsage.rss());
  addGauge(registry, ["process_start_time_seconds", "Start of the process"], () => startedAtMs / 1000);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function addLabelled(registry: AnyRegistry, { name, help, label, counts }: LabelledCounts): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(counts)) this.inc({ [label]: value }, count);
    },
  });
  registry.registerMetric(counter);
}

function addCounter(registry: AnyRegistry, [name, help]: readonly [string, string], read: () => number): void {
  const counter = new Counter({
    name,
    help,
    registers: [],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
  registry.registerMetric(counter);
}

function addGauge(registry: AnyRegistry, [name, help]: readonly [string, string], read: () => number): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read());
    },
  });
  registry.registerMetric(gauge);
}
