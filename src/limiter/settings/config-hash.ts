/** The hash by which nodes with different configurations are recognized. */

import { createHash } from "node:crypto";
import type { Algorithm } from "../../../lua/algorithms.ts";
import type { RedisFailurePolicy } from "../decide/decision.ts";

/** Settings on which all nodes of one limiter must agree. */
export interface AgreedConfig {
  readonly algorithm: Algorithm;
  readonly limit: number;
  readonly windowMs: number;
  readonly onRedisFailure: RedisFailurePolicy;
  readonly localOverlap: number;
}

/** Twelve hexadecimal digits that change with any setting. */
export function configHash({ algorithm, limit, windowMs, onRedisFailure, localOverlap }: AgreedConfig): string {
  const text = JSON.stringify([algorithm, limit, windowMs, onRedisFailure, localOverlap]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
