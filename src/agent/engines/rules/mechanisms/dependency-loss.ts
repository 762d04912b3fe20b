/** Dependency loss: it works, and what it needs does not. */

import { type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { dependenciesOf } from "../reading.ts";

/** What it depends on is gone. */
export const dependencyLoss: MechanismRule = {
  id: "dependency-loss",
  propose(component, brief) {
    const needed = dependenciesOf(component, brief);
    return {
      summary: `${component} lost ${needed.join(", ") || "what it depends on"}`,
      claims: needed.flatMap((to) => [
        supports({ kind: "link-broken", from: component, to }),
        refutes(stateIs(to, "state", "up")),
      ]),
    };
  },
};
