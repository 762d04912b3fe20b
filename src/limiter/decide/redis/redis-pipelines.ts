/** Lines to all primaries: one, or on a cluster one for each, so that a failed primary affects only its own keys. */

import type { LateAnswers } from "../../../core/system/picture.ts";
import type { RedisClient } from "../../../io/redis.ts";
import type { Alone, OnProbeFailed, OnRedisCall } from "../decision.ts";
import type { RedisPipeline } from "./redis-pipeline.ts";

/** Options of all lines. */
export interface LinesOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  /** Called whenever {@linkcode RedisPipelines.alone} may have changed. */
  readonly onChange: () => void;
}

/** The lines in use. */
export interface RedisPipelines extends Disposable {
  /** The line to the primary of a key. */
  of(key: string): RedisPipeline;
  /** Since when and why checks of a primary are decided without it; `undefined` if all work, as far as they were asked. */
  alone(): Alone | undefined;
  /** Primaries of a Cluster without which checks are decided, as `host:port`. */
  primariesAlone(): readonly string[];
  /** What comes back from the primaries without which checks are decided: nothing, if one of them sends nothing; `undefined` if unknown. */
  answers(): LateAnswers | undefined;
  /** The same of each of them, by `host:port`, on a Cluster. */
  answersOfPrimaries(): Readonly<Record<string, LateAnswers>>;
  /** Milliseconds without primaries, summed over all of them. */
  openForMs(): number;
  /** Milliseconds in which at least one primary did not decide. */
  aloneForMs(): number;
}
