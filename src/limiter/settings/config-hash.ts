/** The fingerprint by which nodes with unlike configurations are told apart. */

import { createHash } from "node:crypto";
import type { Algorithm } from "../../../lua/algorithms.ts";
import type { RedisFailurePolicy } from "../decide/decision.ts";

/** What all nodes of one limiter must agree on. */
export interface AgreedConfig {
  readonly algorithm: Algorithm;
  readonly limit: number;
  readonly windowMs: number;
  readonly onRedisFailure: RedisFailurePolicy;
  readonly localOverlap: number;
}

/** Twelve hexadecimal digits that differ as soon as any part does. */
export function configHash({ algorithm, limit, windowMs, onRedisFailure, localOverlap }: AgreedConfig): string {
  const text = JSON.stringify([algorithm, limit, windowMs, onRedisFailure, localOverlap]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
