/** Refused access: it answers, and lets nobody who asks do what they need. */

import type { MechanismRule } from "../mechanism.ts";
import { reasonClaims } from "../reading.ts";

/** Credentials or rights are not those that it asks for. */
export const refusedAccess: MechanismRule = {
  id: "refused-access",
  propose(component, brief) {
    const claims = reasonClaims(component, "refused-access", brief);
    return claims && { summary: `${component} answers and refuses access`, claims };
  },
};
