/** Replies of the nodes: the fields in use, under this project's names. */

import * as v from "valibot";
import { LATE_ANSWERS } from "../../../core/system/picture.ts";
import { rowsOf } from "../../../core/text/rows.ts";
import { REDIS_TROUBLE_WORDS } from "../../../io/redis-trouble.ts";

/** Units admitted in one bucket; its number is Redis time divided by the bucket's width, rounded down. */
export type Bucket = readonly [bucket: number, units: number];

/** Admissions of one key on one node by one algorithm, limit, window and epoch. */
export interface AdmissionSeries {
  readonly key: string;
  readonly algorithm: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Redis time in microseconds at which the epoch began; only admissions of one epoch may be added up. */
  readonly epochUs: number;
  /** Microseconds. */
  readonly bucketUs: number;
  /** Oldest first. */
  readonly buckets: readonly Bucket[];
}

const TimeMs = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse));

/** Reply of `GET /health`. */
export const Health = v.pipe(
  v.object({
    /** The number that the node was started with. */
    node: v.number(),
    version: v.string(),
    started_at: TimeMs,
    draining: v.boolean(),
    redis_connected: v.boolean(),
    degraded_seconds: v.number(),
    /** Primaries of a Cluster without which it decides, as `host:port`. Absent in older nodes. */
    degraded_primaries: v.optional(v.pipe(v.array(v.string()), v.readonly())),
    /** Why it does not use Redis. An unknown word is ignored. */
    degraded_reason: v.fallback(v.optional(v.picklist(REDIS_TROUBLE_WORDS)), undefined),
    /** What comes back from Redis although it does not decide. Absent in older nodes. */
    redis_answers: v.fallback(v.optional(v.picklist(LATE_ANSWERS)), undefined),
    /** The same by `host:port` of each primary of a Cluster. Absent in older nodes. */
    primary_answers: v.fallback(v.optional(v.record(v.string(), v.picklist(LATE_ANSWERS))), undefined),
    /** By the node's own clock. Absent in older nodes. */
    clock: v.optional(TimeMs),
  }),
  v.transform(({ node, version, started_at, draining, redis_connected, degraded_seconds, ...more }) => ({
    version,
    draining,
    ...(more.degraded_reason !== undefined && { trouble: more.degraded_reason }),
    ...(more.degraded_primaries !== undefined && { primariesAlone: more.degraded_primaries }),
    ...(more.redis_answers !== undefined && { redisAnswers: more.redis_answers }),
    ...(more.primary_answers !== undefined && { primaryAnswers: more.primary_answers }),
    ...(more.clock !== undefined && { clockMs: more.clock }),
    nodeNumber: node,
    startedAtMs: started_at,
    redisConnected: redis_connected,
    degradedSeconds: degraded_seconds,
  })),
);

/** The state that a node reports. */
export type Health = v.InferOutput<typeof Health>;

/** Reply of `GET /api/config`. */
export const RunningConfig = v.pipe(
  v.object({
    algorithm: v.string(),
    limit: v.number(),
    window_ms: v.number(),
    on_redis_failure: v.string(),
    /** Absent in older nodes. */
    local_overlap: v.optional(v.number()),
    config_hash: v.string(),
  }),
  v.transform(({ algorithm, limit, window_ms, on_redis_failure, local_overlap, config_hash }) => ({
    algorithm,
    limit,
    windowMs: window_ms,
    onRedisFailure: on_redis_failure,
    configHash: config_hash,
    ...(local_overlap !== undefined && { localOverlap: local_overlap }),
  })),
);

/** What a node enforces for keys without a limit of their own. */
export type RunningConfig = v.InferOutput<typeof RunningConfig>;

/** Reply of `GET /api/counters/{key}`. */
export const Counter = v.pipe(
  v.object({
    key: v.string(),
    count: v.number(),
    limit: v.number(),
    window_ms: v.number(),
    source: v.picklist(["redis", "local"]),
  }),
  v.transform(({ window_ms, ...counter }) => ({ ...counter, windowMs: window_ms })),
);

/** One key's counter as one node reports it. */
export type Counter = v.InferOutput<typeof Counter>;

/** Reply of `GET /api/limits`. */
export const Limits = v.object({
  limits: rowsOf(
    v.pipe(
      v.object({ key: v.string(), limit: v.number(), window_ms: v.nullable(v.number()) }),
      v.transform(({ window_ms, ...own }) => ({ ...own, windowMs: window_ms ?? undefined })),
    ),
  ),
});

/** The limit of one key. */
export type OwnLimit = v.InferOutput<typeof Limits>["limits"]["rows"][number];

/** Reply of `GET /api/blocks`. */
export const Blocks = v.object({ blocked: rowsOf(v.object({ key: v.string() })) });

/** Reply of `GET /api/nodes`: registered nodes, their configuration, and how far their clocks are ahead of Redis. */
export const Register = v.pipe(
  v.object({
    nodes: rowsOf(
      v.object({
        id: v.number(),
        heartbeat_age_ms: v.nullable(v.number()),
        clock: v.nullable(v.object({ offset_ms: v.number() })),
        state: v.optional(v.string()),
        address: v.nullish(v.string()),
        version: v.nullish(v.string()),
        config_hash: v.nullish(v.string()),
        started_at: v.nullish(TimeMs),
      }),
    ),
    /** Rows that the node itself could not read. */
    unreadable: v.optional(v.number(), 0),
  }),
  v.transform(({ nodes, unreadable }) => ({
    rows: nodes.rows.flatMap(({ id, heartbeat_age_ms, clock, state, address, version, config_hash, started_at }) => {
      if (!clock || heartbeat_age_ms === null) return [];
      return [
        {
          id: `${id}`,
          heartbeatAgeMs: heartbeat_age_ms,
          clockOffsetMs: clock.offset_ms,
          ...(state && { state }),
          ...(address && { address }),
          ...(version && { version }),
          ...(config_hash && { configHash: config_hash }),
          ...(typeof started_at === "number" && { startedAtMs: started_at }),
        },
      ];
    }),
    unreadable: unreadable + nodes.unreadable,
  })),
);

/** One row: a node that has recently registered. */
export type RegisteredRow = v.InferOutput<typeof Register>["rows"][number];

/** The nodes that have recently registered. */
export interface Register extends v.InferOutput<typeof Register> {
  /** Running processes that share their number with that of a row. @default none */
  readonly seconds?: readonly RegisteredRow[];
}

/** Reply of `GET /api/admissions`. */
export const Admissions = v.pipe(
  v.object({
    redis_time_us: v.nullable(v.number()),
    /** Whether recent admissions of the named keys may be missing. */
    forgotten: v.boolean(),
    /** Checks of the last seconds, whatever their answer, and those of each of the heaviest keys. */
    demand: v.object({
      seconds: v.pipe(v.number(), v.gtValue(0)),
      checks: v.number(),
      keys: rowsOf(v.tuple([v.string(), v.number()])),
    }),
    series: rowsOf(
      v.object({
        key: v.string(),
        algorithm: v.string(),
        limit: v.number(),
        window_ms: v.number(),
        epoch_us: v.number(),
        bucket_us: v.pipe(v.number(), v.gtValue(0)),
        // Parsed by hand, since one reply has thousands of them.
        buckets: v.custom<readonly Bucket[]>(areBuckets, "Cannot read buckets, expected pairs of numbers"),
      }),
    ),
  }),
  v.transform(({ redis_time_us, series, demand, forgotten }) => ({
    redisTimeUs: redis_time_us,
    forgotten,
    demand: { ...demand, keys: demand.keys.rows },
    series: series.rows.map(({ window_ms, epoch_us, bucket_us, ...rest }): AdmissionSeries => {
      return { ...rest, windowMs: window_ms, epochUs: epoch_us, bucketUs: bucket_us };
    }),
    /** Number of rows with an unexpected format. */
    unreadable: series.unreadable + demand.keys.unreadable,
  })),
);

/** Recent admissions of one node. */
export type Admissions = v.InferOutput<typeof Admissions>;

function areBuckets(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite))
  );
}
