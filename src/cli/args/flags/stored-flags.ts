/** The flags of every command that reads what a watch has written. */

import type { ArgsDef } from "citty";
import * as v from "valibot";
import { Count } from "../../../core/text/units.ts";

/** Where the database is. */
export const PLACE_ARGS: ArgsDef = {
  db: { type: "string", description: "Database file; operator.db in the home by default", valueHint: "file" },
  home: { type: "string", description: "Folder of all state", valueHint: "folder" },
};

/** Where the database is, and how it is printed. */
export const STORED_ARGS: ArgsDef = {
  ...PLACE_ARGS,
  json: { type: "boolean", description: "Print JSON, one line each" },
};

/** Which instances of it are meant. */
export const INSTANCE_ARGS: ArgsDef = {
  subject: { type: "string", description: "Only instances of this subject", valueHint: "subject" },
  name: { type: "string", description: "Only the instance of this name" },
};

/** Meaning of {@linkcode PLACE_ARGS}. */
export const PlaceOptions = { db: v.optional(v.string()), home: v.optional(v.string()) };

/** Meaning of {@linkcode STORED_ARGS}. */
export const StoredOptions = {
  ...PlaceOptions,
  json: v.optional(v.boolean(), false),
};

/** Meaning of {@linkcode INSTANCE_ARGS}. */
export const InstanceOptions = { subject: v.optional(v.string()), name: v.optional(v.string()) };

/** The number of a row, as the lists show it. */
export const RowId = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,14}$/, ({ input }) => `Cannot read number "${input}", expected one of the list, such as 3`),
  v.transform(Number),
);

/** How many rows a list shows at most. */
export const Limit = v.pipe(Count, v.minValue(1, "Cannot list nothing, expected 1 or more"));

/** The numbers of rows, with commas between them. */
export const RowIds = v.pipe(
  v.string(),
  v.transform((text): unknown[] => text.split(",").map((part) => part.trim())),
  v.array(RowId),
);
