/** Lines to all primaries: one, or on a cluster one for each, so that a primary that is gone takes only its own keys with it. */

import { Cluster, type Redis } from "ioredis";
import { isUsable, type RedisClient, redisTrouble } from "../../../io/redis.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";
import type { Alone, OnProbeFailed, OnRedisCall } from "../decision.ts";
import { ClusterLines } from "./cluster-lines.ts";
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
  /** Primaries of a Cluster whose checks are decided without them, as `host:port`. */
  primariesAlone(): readonly string[];
  /** Milliseconds that they did not decide, summed over all. */
  openForMs(): number;
  /** Milliseconds in which at least one of them did not decide. */
  aloneForMs(): number;
}

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
    const probeKey = (): string => `${prefix}probe`;
    this.#line = new RedisPipeline({ ...options, prefix, connection, trouble, probeKey }, judge);
  }

  of(): RedisPipeline {
    return this.#line;
  }

  alone(): Alone | undefined {
    return this.#line.breaker.alone;
  }

  primariesAlone(): readonly string[] {
    return [];
  }

  openForMs(): number {
    return this.#line.breaker.openForMs;
  }

  aloneForMs(): number {
    return this.#line.breaker.openForMs;
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}
