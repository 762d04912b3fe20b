/** The newest healthy result of each inspection, with which later ones are compared. */

import type { Database as Sqlite } from "bun:sqlite";
import type { Inspected } from "../core/subject/inspection.ts";
import type { ComponentId } from "../core/words/ids.ts";
import { jsonColumn } from "./sqlite/json.ts";
import { transact } from "./sqlite/transaction.ts";
import { orTold } from "./sqlite/unreadable.ts";

/** Keeps the newest healthy reading of each inspection. */
export interface InspectionStore {
  keep(instance: number, readings: readonly Inspected[]): void;
  /** The healthy reading of one inspection of a component. */
  healthy(instance: number, of: Pick<Inspected, "id" | "component">): Inspected | undefined;
}

const valueColumn = jsonColumn((value): value is NonNullable<Inspected["value"]> => value !== null);

interface Row {
  readonly at_ms: number;
  readonly value: string;
}

/** The store of one connection. */
export function inspectionStore(sqlite: Sqlite): InspectionStore {
  return {
    keep(instance, readings) {
      const rows = readings.flatMap(({ id, component, atMs, value }) =>
        value === undefined || value === null
          ? []
          : [{ instance, component, name: id, atMs: Math.round(atMs), value: valueColumn.write(value) }],
      );
      const insert = sqlite.query(
        `INSERT OR REPLACE INTO inspections (instance, component, name, at_ms, value)
         VALUES ($instance, $component, $name, $atMs, $value)`,
      );
      transact(sqlite, () => {
        for (const row of rows) insert.run(row);
      });
    },
    healthy(instance, { id, component }) {
      const row = sqlite
        .query<Row, [number, ComponentId, string]>(
          "SELECT at_ms, value FROM inspections WHERE instance = ? AND component = ? AND name = ?",
        )
        .get(instance, component, id);
      if (!row) return undefined;
      const value = orTold(valueColumn.read(row.value), { table: "inspections", id: `${component} ${id}` }, undefined);
      return value === undefined ? undefined : { id, component, atMs: row.at_ms, value };
    },
  };
}
