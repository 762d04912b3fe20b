/** What a new ticket of a test holds. */

import type { EntityState } from "../../src/core/tickets/entity-state.ts";
import type { ComponentId, EntityId } from "../../src/core/words/ids.ts";
import type { NewTicket } from "../../src/database/mod.ts";

/** A ticket of `answers` on a component, by default with that as its entity. */
export function newTicket(
  on: ComponentId = "node/1",
  { summary = "slow", ...about }: Partial<NewTicket> & { readonly summary?: string } = {},
): NewTicket {
  const { invariant = "answers", entities = [entityState({ entity: on, on, invariant })] } = about;
  const entity = entities[0]?.entity ?? on;
  const said = { reason: "slow", summary };
  const words = { entity, verdict: "violated", ...said, figures: { ratio: 0.5 } } as const;
  return {
    invariant,
    on,
    severity: "critical",
    symptom: "unreachable",
    words: { ...words, affected: entities.length, violated: entities.length, problem: said },
    entities,
    firstViolatedAtMs: 500,
    beganAtMs: 500,
    atMs: 900,
    actor: "monitor/a",
    reason: "Violated",
    ...about,
  };
}

/** A violated state of `answers` at `node/1`. */
export function entityState(
  about: Partial<EntityState> & { readonly entity?: EntityId; readonly on?: ComponentId } = {},
): EntityState {
  const { entity = "node/1" } = about;
  return {
    invariant: "answers",
    entity,
    on: entity,
    verdict: "violated",
    verdictSinceMs: 5,
    reason: "slow",
    summary: "slow",
    asOfMs: 5,
    fillMs: 0,
    holds: 0,
    heldMs: 0,
    ...about,
  };
}
