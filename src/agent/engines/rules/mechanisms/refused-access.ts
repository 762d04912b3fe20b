/** Refused access: it answers, and lets nobody who asks do what they need. */

import { type MechanismRule, supports } from "../mechanism.ts";
import { FORBIDDEN, ownWordClaims } from "../own-words.ts";
import { goneClaims, reasonClaims } from "../reading.ts";

/** Credentials or rights are not those that it asks for. */
export const refusedAccess: MechanismRule = {
  id: "refused-access",
  propose(component, brief) {
    const whole = reasonClaims(component, "refused-access", brief);
    if (whole) return { summary: `${component} answers and refuses access`, claims: whole };
    // It lets an observer in, and denies those who need it what they ask for.
    const words = ownWordClaims(component, FORBIDDEN, brief).map(supports);
    if (words.length === 0) return undefined;
    const summary = `${component} answers and rejects the requests of its clients`;
    return { summary, claims: [...words, ...goneClaims(component, brief)] };
  },
};
