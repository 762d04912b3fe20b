/** Configuration of the subject: where its components are and how they are intended to run. */

import * as v from "valibot";
import { ALGORITHMS } from "../../../lua/algorithms.ts";
import { Secret } from "../../core/text/secret.ts";
import { Count, DurationMs } from "../../core/text/units.ts";
import { hasRedisPassword, isSentinelUrl, parseRedisUrl } from "../../io/redis-address.ts";

/** The intended settings of the limiter, as configured; never what Redis or a node reports. */
export const Intended = v.strictObject({
  algorithm: v.optional(v.picklist(ALGORITHMS)),
  limit: v.optional(v.pipe(Count, v.minValue(1))),
  windowMs: v.optional(v.pipe(v.union([v.number(), DurationMs]), v.integer(), v.minValue(1))),
  onRedisFailure: v.optional(v.picklist(["local", "open", "closed"])),
  localOverlap: v.optional(v.pipe(Count, v.minValue(1))),
});

/** The intended settings of the limiter. */
export type Intended = v.InferOutput<typeof Intended>;

const NodeEndpoint = v.strictObject({
  /** The node's own number or name, for instance `2`. */
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'Cannot use node id, expected letters, digits, "." and "-"')),
  address: v.pipe(v.string(), v.check(isHostPort, 'Cannot use node address, expected "host:port" or "[v6]:port"')),
  /** Whether it is intentionally drained. */
  drained: v.optional(v.boolean(), false),
});

/** The form in which a person writes nodes: `1=10.0.0.1:8081,2=10.0.0.2:8081`. */
const NodesText = v.pipe(
  v.string(),
  v.transform((text) =>
    text.split(",").map((node) => {
      const [id = "", address = ""] = node.trim().split("=");
      return { id, address };
    }),
  ),
);

const ProbeTimeout = v.pipe(
  DurationMs,
  v.minValue(1, 'Cannot use a probe timeout of no time, expected at least "1ms"'),
  v.maxValue(60_000, 'Cannot use a probe timeout that long, expected at most "1m"'),
);

const Fields = v.strictObject({
  nodes: v.pipe(
    v.union([v.array(v.unknown()), NodesText]),
    v.array(NodeEndpoint),
    v.minLength(1, "Cannot watch an empty list of nodes, expected at least one"),
    v.check((nodes) => areUnlike(nodes.map(({ id }) => id)), "Cannot use the same node id twice"),
    // Otherwise the admissions of a node would count twice.
    v.check((nodes) => areUnlike(nodes.map(({ address }) => address)), "Cannot use the same node address twice"),
  ),
  redis: v.pipe(v.string(), v.check(isRedisUrl, 'Cannot use Redis address, expected "redis://host:port"')),
  /** The password of Redis, if it is not in the address. */
  redisPassword: v.optional(Secret),
  /** The password of the Sentinels, if it differs from that of Redis. */
  sentinelPassword: v.optional(Secret),
  prometheus: v.optional(
    v.pipe(v.string(), v.check(isHttpBase, 'Cannot use Prometheus address, expected "http://host:port"')),
  ),
  /** For calls to nodes that change something. */
  token: v.optional(Secret),
  intended: v.optional(Intended, {}),
  /** How long one probe may take. */
  probeTimeout: v.optional(ProbeTimeout, "1s"),
});

/** Endpoints, credentials and intended settings. Everything can also be given as text. */
export const RateLimiterConfig = v.pipe(
  Fields,
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
);

/** Endpoints, credentials and intended settings. */
export type RateLimiterConfig = v.InferOutput<typeof RateLimiterConfig>;

function areUnlike(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

/** An address with nothing before the host and nothing after the port. */
function isHostPort(address: string): boolean {
  const port = Number(/^(?:[\w.-]+|\[[\da-f:.]+\]):(?<port>\d{1,5})$/i.exec(address)?.groups?.["port"]);
  return port > 0 && port < 65_536 && URL.canParse(`http://${address}`);
}

/** A base URL to which paths and queries are added. */
function isHttpBase(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(address);
}

function isRedisUrl(url: string): boolean {
  try {
    parseRedisUrl(url);
    return true;
  } catch {
    return false;
  }
}
