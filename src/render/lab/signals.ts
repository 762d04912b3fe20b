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

/** A table of what each invariant can judge and what it misses. */
export function renderSignals(checks: readonly SignalRow[]): readonly string[] {
  const rows = checks.flatMap(({ invariant, judged, missing }) => {
    const [first = "", ...more] = missing.map((reason) => excerptOf(reason));
    const state = missing.length === 0 ? "✓" : judged > 0 ? "partly" : "MISSING";
    return [[invariant, state, String(judged), first], ...more.map((reason) => ["", "", "", reason])];
  });
  return tableLines([["INVARIANT", "SIGNAL", "JUDGED", "MISSING"], ...rows]);
}
