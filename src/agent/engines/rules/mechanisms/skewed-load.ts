/** Skewed load: of what is asked, one thing takes a larger share than before. */

import { type MechanismRule, supports } from "../mechanism.ts";
import { isSource, ticketClaims } from "../reading.ts";
import { movedOf, SHARE } from "../series-reading.ts";

/** Requests are unevenly spread. */
export const skewedLoad: MechanismRule = {
  id: "skewed-load",
  propose(component, brief) {
    const shares = isSource(component, brief) ? movedOf(component, SHARE, brief) : [];
    if (shares.length === 0) return undefined;
    return {
      summary: `${component} asks mostly for one thing`,
      claims: [...shares.map(supports), ...ticketClaims(component, brief)],
    };
  },
};
