/** Crash: it is gone; nothing listens where it should, and it was there before. */

import { type Claim, evaluateClaim } from "../../../../core/diagnosis/claims/mod.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { answerOf, dependencyFatal, processClaims, seenComponent, ticketClaims } from "../reading.ts";
import { demandsOn, takenOverFrom } from "../series-reading.ts";

/** The process has ended. */
export const crash: MechanismRule = {
  id: "crash",
  propose(component, brief) {
    const { probe, state } = seenComponent(component, brief) ?? {};
    const hasProbe = probe !== undefined;
    return {
      summary: `${component} is not running`,
      claims: [
        supports(stateIs(component, "state", "down")),
        ...(hasProbe ? [supports(stateIs(component, "probe", "refused"))] : []),
        ...processClaims(component, ["exited"], brief),
        supports({ kind: "changed", component, change: "went-down" }),
        ...ticketClaims(component, brief),
        ...takenOverFrom(component, brief).map(supports),
        // Nobody probes what is told to be gone; where not even that is known, it may as well be silent.
        ...(hasProbe || state !== "down"
          ? ["timed-out", answerOf(component, brief)].map((probe) => refutes(stateIs(component, "probe", probe)))
          : []),
        ...dependencyFatal(component, brief),
        ...overrunClaims(component, brief),
      ],
    };
  },
};

/** Under more load than usual a living process refuses connections, too: only who sees the process can tell. */
function overrunClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const { probe, process } = seenComponent(component, brief) ?? {};
  if (process !== undefined || (probe !== undefined && probe !== "refused")) return [];
  const isMore = demandsOn(component, brief).some((claim) => evaluateClaim(claim, brief.evidence).outcome === "true");
  return isMore ? [refutes(stateIs(component, "process.state", "running"))] : [];
}
