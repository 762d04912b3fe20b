/** What the doctor found of the signals of a live system, as text. */

import { excerptOf } from "../../core/text/excerpt.ts";
import { tableLines } from "../table.ts";

/** What one invariant could say of the live system. */
export interface SignalRow {
  readonly invariant: string;
  /** How many entities it could judge. */
  readonly judged: number;
  /** Why it could not judge others. */
  readonly missing: readonly string[];
}

/** A table of what each invariant can judge and what it misses; what several miss alike is said once. */
export function renderSignals(checks: readonly SignalRow[]): readonly string[] {
  const told = new Map<string, string>();
  const rows = checks.flatMap(({ invariant, judged, missing }) => {
    const reasons = missing.join("\n");
    const earlier = told.get(reasons);
    if (!told.has(reasons)) told.set(reasons, invariant);
    const isTold = missing.length > 0 && earlier !== undefined;
    const [first = "", ...more] = isTold ? [`as ${earlier}`] : missing.map((reason) => excerptOf(reason));
    const state = missing.length === 0 ? "✓" : judged > 0 ? "partly" : "MISSING";
    return [[invariant, state, String(judged), first], ...more.map((reason) => ["", "", "", reason])];
  });
  return tableLines([["INVARIANT", "SIGNAL", "JUDGED", "MISSING"], ...rows]);
}
