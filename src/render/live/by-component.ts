/**
 * Follows the entities of a component together, for instance its counters: what is worth a line is that their worst verdict
 * changes, not that one more of them is violated or holds again.
 */

import { entityKey } from "../../core/tickets/entity-state.ts";
import { ticketKey } from "../../core/tickets/ticket-record.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import type { VerdictChange } from "../../database/mod.ts";

/** Whether a change, told in its order, is worth a line; changes of a component itself always are. */
export type ComponentFollower = (changes: readonly VerdictChange[]) => ReadonlySet<VerdictChange>;

/** Starts with nothing known; what an entity was before is in its change. */
export function followComponents(): ComponentFollower {
  const bad = new Map<string, Map<string, Verdict>>();
  const told = new Map<string, Verdict>();
  return (changes) => {
    const own = changes.filter(({ entity, on }) => entity === on);
    const others = Map.groupBy(
      changes.filter(({ entity, on }) => entity !== on),
      (change) => ticketKey(change),
    );
    const worthy = others.entries().flatMap(([key, group]) => {
      const known = bad.getOrInsertComputed(key, () => new Map<string, Verdict>());
      for (const change of group) if (change.from !== undefined) note(known, change, change.from);
      for (const change of group) note(known, change, change.to);
      const worst = worstOf(known);
      if (worst === (told.get(key) ?? "holds")) return [];
      const worthy = group.filter(({ to }) => to === worst);
      if (worthy.length > 0) told.set(key, worst);
      return worthy;
    });
    return new Set([...own, ...worthy]);
  };
}

function note(known: Map<string, Verdict>, change: VerdictChange, verdict: Verdict): void {
  if (verdict === "holds") known.delete(entityKey(change));
  else known.set(entityKey(change), verdict);
}

function worstOf(known: ReadonlyMap<string, Verdict>): Verdict {
  const verdicts = new Set(known.values());
  if (verdicts.has("violated")) return "violated";
  return verdicts.has("unknown") ? "unknown" : "holds";
}
