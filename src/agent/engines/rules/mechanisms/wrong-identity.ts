/** Wrong identity: another component, or another process, answers in its place. */

import { type MechanismRule, refutes, stateIs } from "../mechanism.ts";
import { reasonClaims } from "../reading.ts";

/** Something else has its address. */
export const wrongIdentity: MechanismRule = {
  id: "wrong-identity",
  propose(component, brief) {
    const told = reasonClaims(component, "wrong-identity", brief);
    if (told) return { summary: `Another process answers in place of ${component}`, claims: told };
    const foreign = reasonClaims(component, "foreign-answer", brief);
    if (!foreign) return undefined;
    return {
      summary: `What answers at the address of ${component} does not answer as ${component} would`,
      // Whether it is the component itself that answers so, nobody but it can tell.
      claims: [...foreign, refutes(stateIs(component, "identity", component))],
    };
  },
};
