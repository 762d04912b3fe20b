/** What the ranker is scored on: a table, what is known besides it, and where the fault truly was. */

import type { MeasuredTable } from "../../../src/core/diagnosis/ranking/measured.ts";
import { readPlainTable } from "../../../src/core/diagnosis/ranking/plain-table.ts";
import type { RankQuestion } from "../../../src/core/diagnosis/ranking/rank.ts";

/** One labelled case. */
export interface LabelledCase {
  readonly id: string;
  /** Cases that are counted together. */
  readonly group: string;
  readonly table: MeasuredTable;
  readonly question: RankQuestion;
  readonly truth: string;
}

/** A table as `operator rank` would read it. */
export function plainTable(
  atMs: readonly number[],
  columns: readonly { readonly name: string; readonly cells: readonly (string | undefined)[] }[],
): MeasuredTable {
  return readPlainTable({
    names: ["time", ...columns.map(({ name }) => name)],
    columns: [atMs.map((at) => new Date(at).toISOString()), ...columns.map(({ cells }) => cells)],
    rowName: (row) => `row ${row + 1}`,
  });
}
