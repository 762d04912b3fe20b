/** Load surge: the clients ask more than before, and of everything alike. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, supports } from "../mechanism.ts";
import { dependenciesOf, isSource, ticketClaims } from "../reading.ts";
import { BUSY, movedOf, movesOf, RATE, SHARE, unevenArrivals } from "../series-reading.ts";

/** Of what is asked more, as much is cited. */
const MOST_CITED = 3;

/** More requests arrive than usual. */
export const loadSurge: MechanismRule = {
  id: "load-surge",
  propose(component, brief) {
    const asks = isSource(component, brief) ? movedOf(component, RATE, brief) : [];
    if (asks.length === 0) return undefined;
    const direct = dependenciesOf(component, brief);
    const deeper = direct.flatMap((id) => dependenciesOf(id, brief));
    if (deeper.some((id) => isTroubledAtEase(id, brief)) || unevenArrivals(component, brief).length > 0)
      return undefined;
    const arrives = direct.flatMap((id) => movedOf(id, RATE, brief));
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

/** Whether something is wrong with it while it has no more to do than before: then it is not the load that it suffers from. */
function isTroubledAtEase(component: ComponentId, brief: Brief): boolean {
  const isTroubled = ticketClaims(component, brief).length > 0;
  return isTroubled && ![RATE, BUSY].some((wanted) => movedOf(component, wanted, brief).length > 0);
}
