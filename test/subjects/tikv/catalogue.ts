/**
 * Metrics of TiKV and PD v8.5.7: names, kinds and labels as read in their sources (Apache-2.0), and what a running PD v8.5.7
 * showed of etcd's and the process's own.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One metric. */
export interface Catalogued {
  readonly kind: string;
  readonly labels: readonly string[];
}

/** All of them by name. */
export function catalogue(): ReadonlyMap<string, Catalogued> {
  const text = readFileSync(join(import.meta.dir, "../../fixtures/tikv/metrics.tsv"), "utf8");
  const [, ...rows] = text.trimEnd().split("\n");
  return new Map(
    rows.map((row) => {
      const [name = "", kind = "", labels = ""] = row.split("\t");
      return [name, { kind, labels: labels === "" ? [] : labels.split(",") }] as const;
    }),
  );
}
