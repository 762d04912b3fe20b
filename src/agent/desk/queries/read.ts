/** `read`: another piece of something that was found and is too large to be shown at once. */

import * as v from "valibot";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { defineQuery } from "../query.ts";
import { shownOf } from "../shown.ts";

/** Lines of an earlier finding, from one on. */
export const read = defineQuery({
  name: "read",
  description: "Lines of an earlier result, from one on, where it was too large to be shown at once.",
  input: v.object({
    evidence: v.pipe(v.string(), v.description("Id of the result, for instance `e3`.")),
    from: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  }),
  answer({ evidence, from }, { findings }) {
    const finding = findings.find(({ id }) => id === evidence);
    if (!finding) throw new InvalidInputError(`Cannot read "${evidence}": nothing of that id was found`);
    const { text, lines, next } = shownOf(finding, from);
    const summary = `lines ${from} to ${(next ?? lines) - 1} of ${lines} of ${evidence}`;
    return { summary, value: { evidence, from, lines, ...(next !== undefined && { next }), text: text.split("\n") } };
  },
});

/** What a piece of an earlier finding is. */
export const Piece = v.object({
  /** Id of the finding. */
  evidence: v.string(),
  from: v.number(),
  /** Lines in all. */
  lines: v.number(),
  /** First line that is not shown; absent where nothing is left. */
  next: v.exactOptional(v.number()),
  text: v.array(v.string()),
});
