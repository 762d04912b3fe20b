/** Clock skew: its clock is off, and those of others are not. */

import { type MechanismRule, refutes, supports } from "../mechanism.ts";
import { seenComponent, symptomClaims } from "../reading.ts";

/** Milliseconds by which a clock that is kept in step is never off. */
const OFF_MS = 500;

/** One clock disagrees with the rest. */
export const clockSkew: MechanismRule = {
  id: "clock-skew",
  propose(component, brief) {
    const { clockOffsetMs } = seenComponent(component, brief) ?? {};
    const said = symptomClaims(component, "clock", brief);
    if (clockOffsetMs === undefined || (said.length === 0 && Math.abs(clockOffsetMs) <= OFF_MS)) return undefined;
    const isAhead = clockOffsetMs > 0;
    const off = {
      kind: "state-is",
      path: "clockOffsetMs",
      comparison: isAhead ? "above" : "below",
      value: isAhead ? OFF_MS : -OFF_MS,
    } as const;
    const others = brief.evidence.now.picture.components.filter(
      ({ id, clockOffsetMs: offset }) => id !== component && offset !== undefined,
    );
    const alike = others.filter(({ clockOffsetMs: offset = 0 }) => (isAhead ? offset > OFF_MS : offset < -OFF_MS));
    return {
      summary: `The clock of ${component} is ${Math.round(Math.abs(clockOffsetMs))} ms ${isAhead ? "ahead" : "behind"}`,
      claims: [
        supports({ ...off, component }),
        ...said.map(supports),
        // Where all are off alike, what they are measured by is off.
        ...(alike.length > 1 && alike.length === others.length
          ? alike.slice(0, 1).map(({ id }) => refutes({ ...off, component: id }))
          : []),
      ],
    };
  },
};
