/** Replies of Prometheus' query API, parsed row by row, so that a bad row does not affect the others. */

import * as v from "valibot";
import type { Point, SeriesWindow } from "../core/system/series.ts";
import { excerptOf } from "../core/text/excerpt.ts";
import { readValue } from "./sample-line.ts";

/** The envelope of every answer; its rows are read by {@linkcode readRows}. */
export const Reply = v.variant("status", [
  v.object({
    status: v.literal("success"),
    data: v.variant("resultType", [
      v.object({ resultType: v.picklist(["vector", "matrix"]), result: v.array(v.unknown()) }),
      v.object({ resultType: v.picklist(["scalar", "string"]), result: v.unknown() }),
    ]),
    warnings: v.optional(v.array(v.string()), []),
  }),
  v.object({ status: v.literal("error"), errorType: v.string(), error: v.string() }),
]);

/** The data of an answer. */
export type QueryData = Extract<v.InferOutput<typeof Reply>, { status: "success" }>["data"];

/** The series of an answer, and a warning about rows that cannot be read. */
export interface Rows {
  readonly series: readonly SeriesWindow[];
  /** One sentence; absent where all rows were read. */
  readonly warning?: string;
}

/** Reads the rows; an instant value is a series of one point, a native histogram one of none. */
export function readRows(data: QueryData): Rows {
  switch (data.resultType) {
    case "vector":
    case "matrix":
      return readAll(data.result);
    case "scalar":
    case "string":
      return readAll([{ metric: {}, value: data.result }]);
  }
}

function readAll(rows: readonly unknown[]): Rows {
  const series: SeriesWindow[] = [];
  let odd: { readonly row: unknown } | undefined;
  for (const row of rows) {
    const window = readRow(row);
    if (window) series.push(window);
    else odd ??= { row };
  }
  if (!odd) return { series };
  const shown = excerptOf(JSON.stringify(odd.row) ?? "");
  const count = `${rows.length - series.length} of ${rows.length} series`;
  return { series, warning: `Left out ${count} that cannot be read, first: ${shown}` };
}

function readRow(row: unknown): SeriesWindow | undefined {
  if (!isRecord(row) || !isRecord(row["metric"])) return undefined;
  const { __name__: metric = "", ...labels } = row["metric"];
  if (typeof metric !== "string" || !isTexts(labels)) return undefined;
  const { value, values = value === undefined ? [] : [value] } = row;
  const points = Array.isArray(values) ? readPoints(values) : undefined;
  return points && { metric, labels, points };
}

function readPoints(values: readonly unknown[]): readonly Point[] | undefined {
  const points: Point[] = [];
  for (const pair of values) {
    const [seconds, text]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    const value = typeof text === "string" ? readValue(text) : undefined;
    if (typeof seconds !== "number" || value === undefined) return undefined;
    points.push({ atMs: Math.round(seconds * 1000), value });
  }
  return points;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(labels: Readonly<Record<string, unknown>>): labels is Readonly<Record<string, string>> {
  return Object.values(labels).every((value) => typeof value === "string");
}
