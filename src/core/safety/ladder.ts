/** The safety ladder: how far a subject instance may be acted upon without a person. */

import * as v from "valibot";
import { RISKS, type Risk } from "../words/risk.ts";

/** One rung, set per subject instance and kept in the database so that every process obeys it. */
export const Ladder = v.variant("rung", [
  v.object({ rung: v.literal("observe") }),
  v.object({ rung: v.literal("approve") }),
  v.object({
    rung: v.literal("auto"),
    upTo: v.picklist(RISKS),
    /** Effects without a person's approval in one hour at most. */
    perHour: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
]);

/** One rung, set per subject instance and kept in the database so that every process obeys it. */
export type Ladder = v.InferOutput<typeof Ladder>;

/** What a rung says to an action: it runs, it waits for a person, or it does not run. */
export type Permission = "run" | "ask" | "refuse";

/** Where every instance starts, and where the kill switch puts it back. */
export const LOWEST: Ladder = { rung: "observe" };

/** What a rung says to an action of that risk. */
export function permit(ladder: Ladder, risk: Risk): Permission {
  if (ladder.rung === "observe") return "refuse";
  if (ladder.rung === "approve") return "ask";
  return RISKS.indexOf(risk) <= RISKS.indexOf(ladder.upTo) ? "run" : "ask";
}

/** Effects without a person's approval in one hour, where a ladder does not say how many. */
const PER_HOUR = 60;

/** How many effects a ladder permits in one hour without a person's approval. */
export function mostPerHour(ladder: Ladder): number {
  return ladder.rung === "auto" ? (ladder.perHour ?? PER_HOUR) : 0;
}
