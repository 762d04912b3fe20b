/** Which symptoms each mechanism can bring about, and where: nothing is blamed for what its mechanism cannot do. */

import type { Mechanism } from "../words/mechanism.ts";
import type { Symptom } from "../words/symptom.ts";

/** Where a symptom can show, as seen from the component at fault. */
export const PLACES = ["own", "dependants", "dependencies", "siblings"] as const;

/** Where a symptom can show: on itself, on what needs it, on what it needs, on what is needed by the same. */
export type Place = (typeof PLACES)[number];

/** The symptoms of one mechanism by where they show; where a place is left out it shows none there. */
export type Symptoms = Readonly<Partial<Record<Place, readonly Symptom[]>>>;

/** Mechanisms that show by what is asked and how long it takes: what is lost or cut off moves the same figures. */
export const BY_FIGURES: ReadonlySet<Mechanism> = new Set(["slow-dependency", "load-surge", "skewed-load"]);

/** Others take over what it does not serve any more. */
const MORE_LOAD = ["slow", "load"] as const;

const UNSERVED = ["unreachable", "slow", "errors", "wrong-result", "blind"] as const;

/** The symptoms of every mechanism. */
export const SYMPTOMS_OF: Readonly<Record<Mechanism, Symptoms>> = {
  crash: { own: [...UNSERVED, "identity"], dependants: UNSERVED, siblings: MORE_LOAD },
  hang: { own: UNSERVED, dependants: UNSERVED, siblings: MORE_LOAD },
  partition: { own: UNSERVED, dependants: ["slow", "errors", "wrong-result", "blind"], siblings: MORE_LOAD },
  "dependency-loss": { own: UNSERVED, dependants: ["slow", "errors", "wrong-result"] },
  saturation: { own: [...UNSERVED, "load", "resource"], dependants: UNSERVED },
  "slow-dependency": { own: UNSERVED, dependants: UNSERVED },
  "load-surge": {
    own: ["load", "slow", "errors"],
    dependants: ["slow", "errors", "wrong-result"],
    dependencies: [...UNSERVED, "load", "resource"],
  },
  "skewed-load": {
    own: ["load"],
    dependants: ["slow", "errors"],
    dependencies: ["load", "slow", "errors", "resource"],
  },
  "configuration-change": {
    own: ["configuration", "wrong-result", "errors", "slow", "load", "resource", "unreachable", "identity"],
    dependants: ["configuration", "wrong-result", "errors", "slow", "load"],
  },
  // Liveness is judged from the last heartbeat, by the clock of the receiver.
  "clock-skew": {
    own: ["clock", "wrong-result", "errors"],
    dependants: ["clock", "wrong-result", "errors", "unreachable"],
  },
  "state-loss": {
    own: [...UNSERVED, "configuration", "resource"],
    dependants: ["wrong-result", "errors", "slow", "configuration"],
  },
  "resource-exhaustion": { own: [...UNSERVED, "resource"], dependants: [...UNSERVED, "configuration"] },
  "refused-access": { own: UNSERVED, dependants: UNSERVED },
  "wrong-identity": {
    own: [...UNSERVED, "identity", "configuration", "clock"],
    dependants: ["errors", "wrong-result", "slow", "configuration"],
  },
};
