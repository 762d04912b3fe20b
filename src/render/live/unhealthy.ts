/** What does not hold, in the order in which it matters. */

import type { Severity } from "../../core/subject/invariant.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { EntityState } from "../../core/tickets/entity-state.ts";
import type { Verdict } from "../../core/words/verdict.ts";
import { summaryBeside } from "../summary.ts";
import { tableLines } from "../table.ts";

/** Severities by invariant; what is not named is critical. */
export type Severities = ReadonlyMap<string, Severity>;

/** One row, and how many of its invariant are left out; that is said below the last row of an invariant. */
export interface WorstRow<T> {
  readonly entityState: T;
  readonly leftOut: number;
  /** Invariants that are unknown for the same reason, where there are several: the row stands for all of them. */
  readonly alike?: readonly string[];
}

const ROWS_PER_INVARIANT = 3;
const VERDICTS: readonly Verdict[] = ["violated", "unknown"];
const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

type Told = Pick<EntityState, "invariant" | "entity" | "verdict" | "verdictSinceMs" | "summary">;

/**
 * Violated before unknown, then by severity, then invariants of few entities before those of many; a few rows of each. What
 * several invariants do not know for one reason is one row.
 */
export function worstFirst<T extends Told>(all: readonly T[], severities: Severities): readonly WorstRow<T>[] {
  const merged = new Map<T, readonly string[]>();
  const entityStates = mergeUnknown(all, merged);
  const entities = Map.groupBy(entityStates, ({ invariant }) => invariant);
  const severity = (invariant: string): number => SEVERITIES.indexOf(severities.get(invariant) ?? "critical");
  const size = (invariant: string): number => entities.get(invariant)?.length ?? 0;
  const order = (a: T, b: T): number =>
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
    severity(a.invariant) - severity(b.invariant) ||
    size(a.invariant) - size(b.invariant) ||
    a.invariant.localeCompare(b.invariant) ||
    a.verdictSinceMs - b.verdictSinceMs;
  const wrong = entityStates.filter(({ verdict }) => verdict !== "holds").toSorted(order);
  return [...Map.groupBy(wrong, ({ invariant }) => invariant).values()]
    .flatMap((alike) =>
      alike.slice(0, ROWS_PER_INVARIANT).map((entityState, place) => {
        const names = merged.get(entityState);
        const leftOut = place === ROWS_PER_INVARIANT - 1 ? alike.length - ROWS_PER_INVARIANT : 0;
        return { entityState, leftOut, ...(names && { alike: names }) };
      }),
    )
    .toSorted((a, b) => order(a.entityState, b.entityState));
}

/** One row in place of those that are unknown for one reason, and the names of their invariants. */
function mergeUnknown<T extends Told>(all: readonly T[], merged: Map<T, readonly string[]>): readonly T[] {
  const unknown = all.filter(({ verdict }) => verdict === "unknown");
  const groups = Map.groupBy(unknown, ({ summary }) => summary);
  return all.flatMap((one) => {
    const group = one.verdict === "unknown" ? (groups.get(one.summary) ?? []) : [];
    const names = [...new Set(group.map(({ invariant }) => invariant))];
    if (names.length < 2) return [one];
    if (group[0] !== one) return [];
    const entities = new Set(group.map(({ entity }) => entity));
    const row = { ...one, invariant: `${names.length} invariants`, ...(entities.size > 1 && { entity: SEVERAL }) };
    merged.set(row, names);
    return [row];
  });
}

/** Stands for the entities of several invariants. */
const SEVERAL = "invariant/*";

/** The rows as a table, with a line below wherever some of an invariant are left out. */
export function worstLines<T extends Pick<EntityState, "invariant">>(
  rows: readonly WorstRow<T>[],
  cellsOf: (entityState: T) => readonly string[],
): readonly string[] {
  const lines = tableLines(rows.map(({ entityState }) => cellsOf(entityState)));
  return rows.flatMap(({ entityState, leftOut, alike }, index) => [
    lines[index] ?? "",
    ...(alike && !Bun.deepEquals(alike, rows[index + 1]?.alike) ? [`  (${alike.join(", ")})`] : []),
    ...(leftOut > 0 ? [`and ${leftOut} more of ${entityState.invariant}`] : []),
  ]);
}

/** Everything that does not hold, a line each. */
export function renderWorst(
  entityStates: readonly Pick<EntityState, "invariant" | "entity" | "verdict" | "verdictSinceMs" | "summary">[],
  severities: Severities,
): readonly string[] {
  return worstLines(worstFirst(entityStates, severities), ({ verdict, invariant, entity, summary }) => [
    verdict,
    invariant,
    entity,
    excerptOf(summaryBeside(entity, summary)),
  ]);
}
