/** Lines to all primaries: one, or on a cluster one for each, so that a primary that is gone takes only its own keys with it. */

import type { RedisClient } from "../../../io/redis.ts";
import type { Alone, OnProbeFailed, OnRedisCall } from "../decision.ts";
import type { RedisPipeline } from "./redis-pipeline.ts";

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
