/** What a trial brings along, so that every fault shows under its traffic, on whatever limit and window the cluster has. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../core/subject/fault.ts";
import type { Strength } from "../../../deployments/lab.ts";
import type { LimiterLab } from "./client.ts";
import { FormerLimit, haveLimits, LAB_LIMIT, labLimits, limitsOf, setLimits } from "./key-limits.ts";
import { keyName } from "./workload.ts";

/** Traffic beside a trial: some keys are asked for far more than their limit, and some for less. */
export const ORDINARY: Strength = { ratePerSecond: 300, keys: 20, zipf: 0.5 };

/**
 * Gives the keys of that traffic a limit of their own. Within the usual minute most of them would be denied until it is
 * over, by every node from its own memory: nobody would see that a count is lost.
 */
export const trialSettings: Fault<LimiterLab> = defineFault({
  id: "trial-settings",
  description: `Allow each key of the trial's traffic ${LAB_LIMIT.limit} units per ${LAB_LIMIT.windowMs / 1000} s`,
  truth: {
    component: "clients/all",
    mechanism: "configuration-change",
    trips: [],
    mayTrip: [],
    signalLagMs: 0,
    fixedBy: [],
    decoys: [],
    emulated: false,
  },
  input: v.object({ former: v.array(FormerLimit) }),
  async choose(lab: LimiterLab, { signal }) {
    const keys = Array.from({ length: ORDINARY.keys }, (_, key) => keyName(key));
    return { former: [...(await limitsOf(lab, keys, signal))] };
  },
  inject: (lab, { former }, signal) => setLimits(lab, { limits: labLimits(former), signal }),
  isInjected: (lab, { former }, signal) => haveLimits(lab, { limits: labLimits(former), signal }),
  heal: (lab, { former }, signal) => setLimits(lab, { limits: former, signal }),
  healed: (lab, { former }, signal) => haveLimits(lab, { limits: former, signal }),
});
