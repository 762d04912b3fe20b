/** What one invariant says of one entity in an observation. */

import type { EntityId } from "../../../src/core/ids.ts";
import type { Judgement, Thresholds } from "../../../src/core/invariant.ts";
import { invariants } from "../../../src/subjects/ratelimiter/invariants/mod.ts";
import type { RateLimiterObservation } from "../../../src/subjects/ratelimiter/observation.ts";

/** Judges with the default thresholds, or some of one's own. */
export function judge(id: string, observation: RateLimiterObservation, own: Thresholds = {}): readonly Judgement[] {
  const invariant = invariants.find((candidate) => candidate.id === id);
  if (!invariant) throw new RangeError(`Cannot find invariant "${id}"`);
  const defaults = Object.entries(invariant.thresholds ?? {}).map(([name, threshold]) => [name, threshold.default]);
  return invariant.check(observation, { ...Object.fromEntries(defaults), ...own });
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
