/** Saturation: it is busy all the time, and nobody asks more of it than before. */

import type { Predicate } from "../../../../core/diagnosis/claims/mod.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { ticketClaims } from "../reading.ts";
import { demandsUntil, movedOf, pointsSince, readingsOf, type Wanted } from "../series-reading.ts";

/** Share of a resource at which what arrives begins to queue. */
const FULL_RATIO = 0.8;
const USED: Wanted = { signals: ["cpu", "io", "network"], units: ["ratio"] };

/** It has no capacity left. */
export const saturation: MechanismRule = {
  id: "saturation",
  propose(component, brief) {
    const used = usedUp(component, brief);
    if (used.length === 0) return undefined;
    return {
      summary: `${component} has no capacity left`,
      claims: [
        ...used.map(supports),
        ...ticketClaims(component, brief),
        ...demandsUntil(firstFullMs(used, brief), component, brief).map(refutes),
        refutes(stateIs(component, "state", "down")),
      ],
    };
  },
};

/**
 * The claims that its use of something rose to where what arrives begins to queue, by the newest reading since the trouble
 * began: what has no capacity left often answers nobody who reads its figures either.
 */
export function usedUp(component: ComponentId, brief: Brief): readonly Predicate[] {
  return movedOf(component, USED, brief).filter((claim) => (readingsOf(claim, brief).at(-1) ?? 0) >= FULL_RATIO);
}

/** Epoch milliseconds of the first reading at which one of them was used up. */
function firstFullMs(used: readonly Predicate[], brief: Brief): number {
  const times = used.flatMap((claim) => pointsSince(claim, brief).find(({ value }) => value >= FULL_RATIO)?.atMs ?? []);
  return Math.min(...times);
}
