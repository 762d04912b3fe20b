/** What one invariant says of one entity in an observation. */

import * as v from "valibot";
import type { Judgement, Thresholds } from "../../../src/core/subject/invariant.ts";
import type { Reading } from "../../../src/core/subject/probe.ts";
import type { EntityId } from "../../../src/core/words/ids.ts";
import { type Intended, RateLimiterConfig } from "../../../src/subjects/ratelimiter/config.ts";
import { invariants } from "../../../src/subjects/ratelimiter/invariants/mod.ts";
import type { KeysReading, RateLimiterObservation } from "../../../src/subjects/ratelimiter/observation.ts";
import { NOW_MS } from "./observations.ts";

/** What differs from the defaults. */
export interface Circumstances {
  readonly thresholds: Thresholds;
  readonly intended: Intended;
  readonly previous: Partial<{ readonly keys: Reading<KeysReading> }>;
}

const INTENDED: Intended = { algorithm: "sliding-window", limit: 100, windowMs: 10_000, onRedisFailure: "local" };

/** Judges with the default thresholds, or some of one's own. */
export function judge(
  id: string,
  observation: RateLimiterObservation,
  own: Partial<Circumstances> = {},
): readonly Judgement[] {
  const said = judgeRaw(id, observation, own);
  if ("failed" in said) throw new Error(`Cannot judge: ${said.failed}`);
  return said;
}

/** Why nothing can be said: a reading that is needed failed. */
export function unread(id: string, observation: RateLimiterObservation): string | undefined {
  const said = judgeRaw(id, observation, {});
  return "failed" in said ? said.failed : undefined;
}

function judgeRaw(id: string, observation: RateLimiterObservation, own: Partial<Circumstances>) {
  const invariant = invariants.find((candidate) => candidate.id === id);
  if (!invariant) throw new RangeError(`Cannot find invariant "${id}"`);
  const defaults = Object.entries(invariant.thresholds ?? {}).map(([name, threshold]) => [name, threshold.default]);
  const { thresholds = {}, intended = INTENDED, previous = {} } = own;
  return invariant.judge(observation, {
    thresholds: { ...Object.fromEntries(defaults), ...thresholds },
    previous,
    config: v.parse(RateLimiterConfig, { nodes: "1=127.0.0.1:8101", redis: "redis://127.0.0.1:6379", intended }),
    displaced: new Map(),
    atMs: NOW_MS,
    intervalMs: 5000,
  });
}

/** The judgement of one entity. */
export function said(judgements: readonly Judgement[], entity: EntityId): Judgement {
  const found = judgements.find((one) => one.entity === entity);
  if (!found) throw new RangeError(`Cannot find what is said of "${entity}"`);
  return found;
}

/** Verdicts by entity. */
export function verdicts(judgements: readonly Judgement[]): Record<string, string> {
  return Object.fromEntries(judgements.map(({ entity, verdict }) => [entity, verdict]));
}
