/** Saturation: it is busy all the time, and nobody asks more of it than before. */

import { type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { ticketClaims } from "../reading.ts";
import { demandsOn, movedOf, type Wanted } from "../series-reading.ts";

/** Share of a resource at which what arrives begins to queue. */
const FULL_RATIO = 0.8;
const USED: Wanted = { signals: ["cpu", "io", "network"], units: ["ratio"] };

/** It has no capacity left. */
export const saturation: MechanismRule = {
  id: "saturation",
  propose(component, brief) {
    const full = new Set(
      brief.evidence.now.picture.series
        .filter((series) => series.component === component && series.value >= FULL_RATIO)
        .map(({ name }) => name),
    );
    const used = movedOf(component, USED, brief).filter((claim) => claim.kind === "moved" && full.has(claim.metric));
    if (used.length === 0) return undefined;
    return {
      summary: `${component} has no capacity left`,
      claims: [
        ...used.map(supports),
        ...ticketClaims(component, brief),
        ...demandsOn(component, brief).map(refutes),
        refutes(stateIs(component, "state", "down")),
      ],
    };
  },
};
