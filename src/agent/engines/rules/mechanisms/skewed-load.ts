/** Skewed load: of what is asked, one thing takes a larger share than before. */

import { type MechanismRule, supports } from "../mechanism.ts";
import { isSource, ticketClaims } from "../reading.ts";
import { movedOf, RATE, SHARE, unevenArrivals } from "../series-reading.ts";

/** Requests are unevenly spread. */
export const skewedLoad: MechanismRule = {
  id: "skewed-load",
  propose(component, brief) {
    if (!isSource(component, brief)) return undefined;
    const shares = movedOf(component, SHARE, brief);
    const uneven = unevenArrivals(component, brief);
    if (shares.length + uneven.length === 0) return undefined;
    const more = uneven.length > 0 ? movedOf(component, RATE, brief) : [];
    return {
      summary: `${component} asks for one item far more often than for others`,
      claims: [...shares, ...more, ...uneven].map(supports).concat(ticketClaims(component, brief)),
    };
  },
};
