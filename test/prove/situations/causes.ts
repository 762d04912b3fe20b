/** Causes that several situations have. */

import type { ComponentId } from "../../../src/core/words/ids.ts";
import type { ExpectedCause } from "../../../src/trials/situations/situation.ts";

/** A process is killed and stays dead until it is started again. */
export function crashOf(id: string, component: ComponentId, trips: string): ExpectedCause {
  return {
    id,
    components: [component],
    mechanisms: ["crash"],
    trips: [trips],
    signalLagMs: 0,
    fixedBy: ["start-component"],
  };
}
