/** Judges whether all members and stores run one version. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { invariant } from "../observation.ts";

/** All members of PD run one version, and all stores do. */
export const versionAgreement = invariant({
  id: "version-agreement",
  severity: "info",
  symptom: "configuration",
  // A rolling upgrade takes its time.
  graceMs: 3_600_000,
  rationale: "A half-finished upgrade has only the features of the older version, and the bugs of both.",
  needs: ["members", "status"],
  reasons: ["agrees", "differs", "not-told", "unverified-version"],
  check: ({ members, status }) => [
    ...agree(
      members.pds.map(({ component, status }) => ({
        component,
        version: "value" in status ? status.value.version : "",
      })),
    ),
    ...agree(status.map(({ component, store }) => ({ component, version: store.version }))),
  ],
});

type Reason = "agrees" | "differs" | "not-told" | "unverified-version";

/** Major version of PD and TiKV whose replies and metrics are known. */
const VERIFIED_MAJOR = "8";

interface Versioned {
  readonly component: ComponentId;
  /** Empty where it is not told. */
  readonly version: string;
}

/** Each is held against what most of its kind run. */
function agree(all: readonly Versioned[]): readonly Judgement<Reason>[] {
  const groups = [
    ...Map.groupBy(
      all.filter(({ version }) => version !== ""),
      ({ version }) => version,
    ),
  ];
  const [common] = groups.toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? 1 : -1));
  return all.map(({ component, version }) => {
    const about = { entity: component, on: component };
    if (version === "" || !common) {
      return {
        ...about,
        verdict: "unknown",
        reason: "not-told",
        summary: `Unknown: ${component} reports no version`,
        evidence: {},
      };
    }
    const [most] = common;
    const major = version.split(".")[0];
    if (major !== VERIFIED_MAJOR) {
      const summary = `Unknown: ${component} runs version ${version}; only version ${VERIFIED_MAJOR} is verified`;
      return { ...about, verdict: "unknown", reason: "unverified-version", summary, evidence: { version } };
    }
    const differs = version !== most;
    const summary = differs
      ? `${component} runs version ${version}, most others run ${most}`
      : `${component} runs version ${version}`;
    const evidence = { version, mostRun: most };
    return {
      ...about,
      verdict: differs ? "violated" : "holds",
      reason: differs ? "differs" : "agrees",
      summary,
      evidence,
    };
  });
}
