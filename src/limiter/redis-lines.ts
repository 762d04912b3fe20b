/** Lines to all primaries: one, or on a cluster one for each, so that a primary that is gone takes only its own keys with it. */

import { Cluster, type Redis } from "ioredis";
import type { RedisClient } from "../io/redis.ts";
import { slotOf } from "./cluster-slot.ts";
import { probeName } from "./counter-names.ts";
import type { OnRedisCall } from "./decision.ts";
import { type Judge, RedisLine } from "./redis-line.ts";

/** What all lines have in common. */
export interface LinesOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
}

/** The lines in use. */
export interface RedisLines extends Disposable {
  /** The line to the primary of a key. */
  of(key: string): RedisLine;
  /** Lines to primaries that should be there. */
  current(): readonly RedisLine[];
}

/** Checks in one call: more of them let others wait longer than they save. */
const MAX_BATCH = 64;

/** Opens lines to whatever the client is connected to. */
export function openLines(options: LinesOptions, judge: Judge): RedisLines {
  const { client } = options;
  return client instanceof Cluster ? new ClusterLines(client, options, judge) : new OnlyLine(client, options, judge);
}

class OnlyLine implements RedisLines {
  readonly #line: RedisLine;

  constructor(client: Redis, { prefix, ...options }: LinesOptions, judge: Judge) {
    const connection = (): Redis | undefined => (client.status === "ready" ? client : undefined);
    const reconnect = (): void => client.disconnect(true);
    const probeKey = `${prefix}probe`;
    this.#line = new RedisLine({ ...options, prefix, connection, reconnect, probeKey, maxBatch: MAX_BATCH }, judge);
  }

  of(): RedisLine {
    return this.#line;
  }

  current(): readonly RedisLine[] {
    return [this.#line];
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}

class ClusterLines implements RedisLines {
  readonly #cluster: Cluster;
  readonly #options: LinesOptions;
  readonly #judge: Judge;
  /** By `host:port` of the primary. */
  readonly #lines = new Map<string, RedisLine>();

  constructor(cluster: Cluster, options: LinesOptions, judge: Judge) {
    this.#cluster = cluster;
    this.#options = options;
    this.#judge = judge;
  }

  of(key: string): RedisLine {
    const probeKey = probeName(this.#options.prefix, key);
    const place = this.#cluster.slots[slotOf(probeKey)]?.[0] ?? "";
    let line = this.#lines.get(place);
    if (!line) {
      line = this.#open(place, probeKey);
      this.#lines.set(place, line);
    }
    return line;
  }

  current(): readonly RedisLine[] {
    const places = new Set(this.#cluster.slots.map((nodes) => nodes?.[0] ?? ""));
    for (const [place, line] of this.#lines) {
      if (places.has(place)) continue;
      line[Symbol.dispose]();
      this.#lines.delete(place);
    }
    return [...this.#lines.values()];
  }

  [Symbol.dispose](): void {
    for (const line of this.#lines.values()) line[Symbol.dispose]();
  }

  #open(place: string, probeKey: string): RedisLine {
    const primary = (): Redis | undefined =>
      this.#cluster.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place);
    const connection = (): Redis | undefined => {
      const node = primary();
      return node?.status === "ready" ? node : undefined;
    };
    const reconnect = (): void => primary()?.disconnect(true);
    const redirect = this.#cluster;
    return new RedisLine({ ...this.#options, connection, redirect, reconnect, probeKey, maxBatch: 1 }, this.#judge);
  }
}
