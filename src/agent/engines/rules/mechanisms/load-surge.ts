/** Load surge: the clients ask more than before, and of everything alike. */

import { type MechanismRule, refutes, supports } from "../mechanism.ts";
import { dependenciesOf, isSource, ticketClaims } from "../reading.ts";
import { movedOf, movesOf, RATE, SHARE } from "../series-reading.ts";

/** Of what is asked more, as much is cited. */
const MOST_CITED = 3;

/** More requests arrive than usual. */
export const loadSurge: MechanismRule = {
  id: "load-surge",
  propose(component, brief) {
    const asks = isSource(component, brief) ? movedOf(component, RATE, brief) : [];
    if (asks.length === 0) return undefined;
    const arrives = dependenciesOf(component, brief).flatMap((id) => movedOf(id, RATE, brief));
    return {
      summary: `${component} sends more requests than usual`,
      claims: [
        ...asks.map(supports),
        ...arrives.slice(0, MOST_CITED).map(supports),
        ...ticketClaims(component, brief),
        ...movesOf(component, SHARE, brief).map(refutes),
      ],
    };
  },
};
