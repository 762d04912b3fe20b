/** Wrong identity: another component, or another process, answers in its place. */

import type { MechanismRule } from "../mechanism.ts";
import { reasonClaims } from "../reading.ts";

/** Something else has its address. */
export const wrongIdentity: MechanismRule = {
  id: "wrong-identity",
  propose(component, brief) {
    const claims = reasonClaims(component, "wrong-identity", brief);
    return claims && { summary: `Another process answers in place of ${component}`, claims };
  },
};
