/** Lists that others made, read row by row: a bad row costs itself and not the whole list. */

import * as v from "valibot";

/** What could be read of a list. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  /** Rows of another form. */
  readonly unreadable: number;
}

/** Reads a list of which each row should have that form. */
export function rowsOf<Schema extends v.GenericSchema>(
  row: Schema,
): v.GenericSchema<readonly unknown[], Rows<v.InferOutput<Schema>>> {
  return v.pipe(
    v.array(v.unknown()),
    v.transform((list) => {
      const rows = list.map((one) => v.safeParse(row, one)).filter((result) => result.success);
      return { rows: rows.map(({ output }) => output), unreadable: list.length - rows.length };
    }),
  );
}
