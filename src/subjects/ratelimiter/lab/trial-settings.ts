/** Settings of a trial, so that every fault is visible under its traffic, with any limit and window of the cluster. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../core/subject/fault.ts";
import type { Strength } from "../../../deployments/lab.ts";
import type { LimiterLab } from "./client.ts";
import { FormerLimit, haveLimits, LAB_LIMIT, labLimits, limitsOf, setLimits } from "./key-limits.ts";
import { keyName } from "./workload.ts";

/** Traffic during a trial: some keys get far more checks than their limit, and some fewer. */
export const ORDINARY: Strength = { ratePerSecond: 300, keys: 20, zipf: 0.5 };

/**
 * Sets a limit for the keys of that traffic. With a window of a minute, every node would deny most of them from its
 * cache until the end of the window, and a lost count would not be visible.
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
