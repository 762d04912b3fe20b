/** Judges each member of PD by its own answer. */

import { judgeEach } from "../../../core/subject/invariant.ts";
import { unreached } from "../../../core/subject/reachability.ts";
import { PROBE_FAILURES } from "../../../core/words/probe-outcome.ts";
import { invariant } from "../observation.ts";
import { hostPort } from "../topology.ts";

/** Every member of PD answers, and the others reach it. */
export const pdUp = invariant({
  id: "pd-up",
  severity: "warning",
  symptom: "unreachable",
  graceMs: 15_000,
  rationale: "PD works as long as a majority of its members does; each lost member reduces how many more may fail.",
  needs: ["members"],
  reasons: ["up", "not-reached-by-pd", ...PROBE_FAILURES],
  check: ({ members: { pds, health } }, context) =>
    judgeEach(pds, ({ component, address, name, status }) => {
      const about = { entity: component, on: component };
      const failure = "failed" in status ? status : undefined;
      const trouble = unreached({ component, address: hostPort(address), failure }, context);
      if (trouble) return { ...about, ...trouble };
      const seen = "value" in health ? health.value.find((member) => member.name === name) : undefined;
      const evidence = { address, healthyByPd: seen?.isHealthy ?? null };
      if (seen && !seen.isHealthy) {
        const summary = `${component} at ${address} answers, but the other members of PD cannot reach it`;
        return { ...about, verdict: "violated", reason: "not-reached-by-pd", summary, evidence };
      }
      const summary = `${component} at ${address} answers`;
      const answeredAfterMs = "value" in status ? status.value.afterMs : undefined;
      return {
        ...about,
        verdict: "holds",
        reason: "up",
        summary,
        ...(answeredAfterMs !== undefined && { answeredAfterMs }),
        evidence,
      };
    }),
});
