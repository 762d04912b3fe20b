/** The start settings of one limiter node. */

import * as v from "valibot";
import { ALGORITHMS } from "../../../lua/algorithms.ts";
import { Secret } from "../../core/text/secret.ts";
import { Count, DurationMs } from "../../core/text/units.ts";
import { hasRedisPassword, isSentinelUrl, redisTarget } from "../../io/redis-address.ts";
import { HTTP_SETTINGS, isGuarded, unguarded } from "../api/http/settings.ts";
import { REDIS_FAILURE_POLICIES } from "../decide/decision.ts";
import { MAX_LIMIT } from "./bounds.ts";
import { countUpTo, windowCalled } from "./quantities.ts";

/** A node that should be there, and its address where it is known. */
export interface ExpectedNode {
  readonly id: number;
  /** For instance `127.0.0.1:8082`. */
  readonly address?: string;
}

const FIRST_PORT = 8080;
const MAX_NODE = 10_000;

const ExpectedNodes = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): readonly ExpectedNode[] => {
    const nodes = dataset.value.split(",").filter(Boolean).map(parseExpectedNode);
    if (nodes.every((node) => node !== undefined)) return nodes;
    addIssue({
      message: `Cannot read nodes "${dataset.value}", expected a list such as "1,2,3" or "1=10.0.0.1:8081,2"`,
    });
    return NEVER;
  }),
);

const ClockOffsetMs = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.nonEmpty(), v.transform(Number))]),
  v.safeInteger("Cannot use clock offset, expected whole milliseconds"),
);

/** Number of a node. */
export const NodeNumber = countUpTo("node", MAX_NODE);

/** Reads the settings by the names of their flags, with text such as `1m` or `10k` for quantities. */
export const LimiterSettings = v.pipe(
  v.object({
    node: NodeNumber,
    /** 8080 + node unless given; 0 takes a free one. */
    port: v.optional(
      v.pipe(
        Count,
        v.maxValue(65_535, ({ received }) => `Cannot listen on port ${received}, expected at most 65535`),
      ),
    ),
    host: v.optional(v.string(), "127.0.0.1"),
    redis: v.optional(v.string(), "redis://127.0.0.1:6379"),
    /** The password of Redis, if it is not in the address. */
    redisPassword: v.optional(Secret),
    /** The password of the Sentinels, if it differs from that of Redis. */
    sentinelPassword: v.optional(Secret),
    onRedisFailure: v.optional(v.picklist(REDIS_FAILURE_POLICIES), "local"),
    /** Multiple of its part of a limit that each node uses while it decides alone. */
    localOverlap: v.optional(countUpTo("local-overlap", MAX_NODE), "1"),
    algorithm: v.optional(v.picklist(ALGORITHMS), "sliding-window"),
    limit: v.optional(countUpTo("limit", MAX_LIMIT), 100),
    window: v.optional(windowCalled("window"), "1m"),
    /** Nodes that should be there, such as `1,2,3` or `1=127.0.0.1:8081,2`. */
    nodes: v.optional(ExpectedNodes, ""),
    /** Required for every call that changes something, except a check. */
    token: v.optional(Secret),
    heartbeat: v.optional(v.pipe(DurationMs, v.minValue(10, 'Cannot use heartbeat, expected at least "10ms"')), "1s"),
    /** Milliseconds by which the node's own clock is set wrong, for the fault that needs it. */
    clockOffsetMs: v.optional(ClockOffsetMs, 0),
    ...HTTP_SETTINGS,
  }),
  v.forward(
    v.partialCheck(
      [["redis"], ["redisPassword"]],
      ({ redis, redisPassword }) => redisPassword === undefined || !hasRedisPassword(redis),
      "the address of Redis contains a password as well, expected only one of the two",
    ),
    ["redisPassword"],
  ),
  v.forward(
    v.partialCheck(
      [["redis"], ["sentinelPassword"]],
      ({ redis, sentinelPassword }) => sentinelPassword === undefined || isSentinelUrl(redis),
      "the address of Redis names no Sentinels, expected redis+sentinel://host:port/name",
    ),
    ["sentinelPassword"],
  ),
  v.forward(
    v.partialCheck([["host"], ["token"], ["insecure"]], (exposure) => isGuarded(exposure), unguarded),
    ["host"],
  ),
  v.transform(({ perCallRules: rules, maxLimit: limit, maxWindow: windowMs, maxCost: cost, ...settings }) => ({
    ...settings,
    callers: { rules, limit, windowMs, cost },
  })),
  v.transform(({ nodes, window, heartbeat, idleTimeout, redis, redisPassword, sentinelPassword, ...settings }) => ({
    ...settings,
    redis: redisTarget(redis, { redisPassword, sentinelPassword }),
    port: settings.port ?? FIRST_PORT + settings.node,
    windowMs: window,
    heartbeatMs: heartbeat,
    idleTimeoutMs: idleTimeout,
    expected: nodes,
  })),
  v.readonly(),
);

/** The settings of one node, every default filled in. */
export type LimiterSettings = v.InferOutput<typeof LimiterSettings>;

function parseExpectedNode(text: string): ExpectedNode | undefined {
  const { id, address } = /^(?<id>[1-9]\d{0,4})(?:=(?<address>[^\s=]+:\d+))?$/.exec(text.trim())?.groups ?? {};
  if (id === undefined) return undefined;
  return { id: Number(id), ...(address !== undefined && { address }) };
}
