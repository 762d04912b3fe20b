/** Lines to all primaries: one, or on a cluster one for each, so that a primary that is gone takes only its own keys with it. */

import { Cluster, type Redis } from "ioredis";
import { isUsable, type RedisClient, redisTrouble } from "../../../io/redis.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";
import type { Alone, OnProbeFailed, OnRedisCall } from "../decision.ts";
import { slotOf } from "./cluster-slot.ts";
import { probeName } from "./counter-names.ts";
import { type Judge, RedisPipeline } from "./redis-pipeline.ts";

/** What all lines have in common. */
export interface LinesOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  /** Is told whenever {@linkcode RedisPipelines.alone} may have changed. */
  readonly onChange: () => void;
}

/** The lines in use. */
export interface RedisPipelines extends Disposable {
  /** The line to the primary of a key. */
  of(key: string): RedisPipeline;
  /** Since when and why checks of a primary are decided without it; `undefined` if every one works, as far as it was asked. */
  alone(): Alone | undefined;
  /** Milliseconds that one of them did not. */
  openForMs(): number;
}

/** States in which what is sent to a primary of a cluster goes to it in a moment: the first of it makes it connect. */
const CONNECTING: ReadonlySet<string> = new Set(["wait", "connecting", "connect", "ready"]);

/** Opens lines to whatever the client is connected to. */
export function openPipelines(options: LinesOptions, judge: Judge): RedisPipelines {
  const { client } = options;
  return client instanceof Cluster ? new ClusterLines(client, options, judge) : new OnlyLine(client, options, judge);
}

class OnlyLine implements RedisPipelines {
  readonly #line: RedisPipeline;

  constructor(client: Redis, { prefix, ...options }: LinesOptions, judge: Judge) {
    const connection = (): Redis | undefined => (isUsable(client) ? client : undefined);
    const trouble = (): RedisTrouble | undefined => redisTrouble(client);
    const probeKey = `${prefix}probe`;
    this.#line = new RedisPipeline(
      { ...options, prefix, connection, trouble, probeKey, checksPerCall: Number.POSITIVE_INFINITY },
      judge,
    );
  }

  of(): RedisPipeline {
    return this.#line;
  }

  alone(): Alone | undefined {
    return this.#line.breaker.alone;
  }

  openForMs(): number {
    return this.#line.breaker.openForMs;
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}

class ClusterLines implements RedisPipelines {
  readonly #cluster: Cluster;
  readonly #options: LinesOptions;
  readonly #judge: Judge;
  /** By `host:port` of the primary. */
  readonly #lines = new Map<string, RedisPipeline>();
  /** Milliseconds without Redis of lines that are closed. */
  #pastMs = 0;
  /** Monotonic milliseconds since which nothing is known of the Cluster; `undefined` while something is. */
  #lostMs: number | undefined = performance.now();

  constructor(cluster: Cluster, options: LinesOptions, judge: Judge) {
    this.#cluster = cluster;
    this.#options = options;
    this.#judge = judge;
    const noteStatus = (): void => {
      this.#lostMs = cluster.status === "ready" ? undefined : (this.#lostMs ?? performance.now());
      options.onChange();
    };
    for (const event of ["ready", "close", "end", "error"]) cluster.on(event, noteStatus);
  }

  of(key: string): RedisPipeline {
    const probeKey = probeName(this.#options.prefix, key);
    const place = this.#cluster.slots[slotOf(probeKey)]?.[0] ?? "";
    let line = this.#lines.get(place);
    if (!line) {
      line = this.#open(place, probeKey);
      this.#lines.set(place, line);
    }
    return line;
  }

  alone(): Alone | undefined {
    this.#closeUnused();
    if (this.#lostMs !== undefined) {
      return { sinceMs: this.#lostMs, reason: redisTrouble(this.#cluster) ?? "not-connected" };
    }
    return [...this.#lines.values()].find(({ breaker }) => breaker.alone)?.breaker.alone;
  }

  openForMs(): number {
    this.#closeUnused();
    return Math.max(this.#pastMs, ...[...this.#lines.values()].map(({ breaker }) => breaker.openForMs));
  }

  [Symbol.dispose](): void {
    for (const line of this.#lines.values()) line[Symbol.dispose]();
  }

  /** A primary that has lost its slots, for instance by a failover, is nobody's concern any more. */
  #closeUnused(): void {
    const places = new Set(this.#cluster.slots.map((nodes) => nodes?.[0] ?? ""));
    for (const [place, line] of this.#lines) {
      if (places.has(place)) continue;
      this.#pastMs = Math.max(this.#pastMs, line.breaker.openForMs);
      line[Symbol.dispose]();
      this.#lines.delete(place);
    }
  }

  #open(place: string, probeKey: string): RedisPipeline {
    const primary = (): Redis | undefined =>
      this.#cluster.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place);
    const connection = (): Redis | undefined => {
      const node = primary();
      return node && CONNECTING.has(node.status) ? node : undefined;
    };
    const trouble = (): RedisTrouble | undefined => {
      const node = primary();
      return (node && redisTrouble(node)) ?? redisTrouble(this.#cluster);
    };
    const redirect = this.#cluster;
    return new RedisPipeline(
      { ...this.#options, connection, trouble, redirect, probeKey, checksPerCall: 1 },
      this.#judge,
    );
  }
}
