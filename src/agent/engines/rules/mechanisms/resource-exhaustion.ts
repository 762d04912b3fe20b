/** Resource exhaustion: memory, disk or descriptors are used up, and it says so itself. */

import { type MechanismRule, supports } from "../mechanism.ts";
import { EXHAUSTED, ownWordClaims } from "../own-words.ts";
import { changeClaims, goneClaims, symptomClaims, ticketClaims } from "../reading.ts";
import { movedOf, type Wanted } from "../series-reading.ts";

/** What is filled up. */
const FILLED: Wanted = { signals: ["memory", "io"], units: ["bytes", "ratio"] };
/** What is left of it. */
const LEFT: Wanted = {
  signals: ["memory", "io", "node"],
  units: ["bytes", "ratio"],
  direction: "down",
  named: /(?<![a-z])(?:available|free|remaining|headroom)(?![a-z])/,
};

/** It has less of a resource than it needs. */
export const resourceExhaustion: MechanismRule = {
  id: "resource-exhaustion",
  propose(component, brief) {
    const words = ownWordClaims(component, EXHAUSTED, brief).map(supports);
    const filled = [FILLED, LEFT].flatMap((wanted) => movedOf(component, wanted, brief)).map(supports);
    const isTicketed = symptomClaims(component, "resource", brief).length > 0;
    if (words.length === 0 && !(isTicketed && filled.length > 0)) return undefined;
    return {
      summary: `${component} has run out of a resource`,
      claims: [
        ...words,
        ...filled,
        ...changeClaims(component, brief),
        ...ticketClaims(component, brief),
        ...goneClaims(component, brief),
      ],
    };
  },
};
