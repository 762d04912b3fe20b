/** `metrics`: which series can be asked for, those of the pictures and every other one on record. */

import * as v from "valibot";
import { defineQuery } from "../query.ts";
import { mostOf } from "./fields.ts";

/** Names of metrics; `series` and `compare` read one by its whole name. */
export const metrics = defineQuery({
  name: "metrics",
  description: "Names of every metric on record, also of those that no invariant goes by; series reads them by name.",
  input: v.object({
    contains: v.optional(v.pipe(v.string(), v.description("Text that a name must contain, in any case."))),
    most: mostOf(200, 1000),
  }),
  answer({ contains = "", most }, { sources }) {
    const all = sources.metrics();
    const fitting = all.filter(({ metric }) => metric.toLowerCase().includes(contains.toLowerCase()));
    return { summary: `${fitting.length} of ${all.length} metrics`, value: fitting.slice(0, most) };
  },
});
