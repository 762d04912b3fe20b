/** The toy's lab, as a subject's folder holds it: one endpoint of a running deployment can be killed. */

import * as v from "valibot";
import { defineFault, type Fault } from "../../../../src/core/subject/fault.ts";
import { isComponentId } from "../../../../src/core/words/ids.ts";
import { type Deployment, powerOf } from "../../../../src/deployments/deployment.ts";
import { defineLab, type Lab } from "../../../../src/deployments/lab.ts";
import { toyEndpoints, toyLoad, toyUp } from "../recipes/local.ts";

class RunningToy implements AsyncDisposable {
  readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** One endpoint dies without warning and stays dead. */
const endpointKill: Fault<RunningToy> = defineFault({
  id: "endpoint-kill",
  description: "Kill one endpoint and leave it dead",
  truth: {
    component: "victim",
    mechanism: "crash",
    trips: ["endpoint-answers"],
    mayTrip: [],
    signalLagMs: 0,
    fixedBy: ["start-component"],
    decoys: [],
    emulated: false,
  },
  input: v.object({ victim: v.pipe(v.string(), v.guard(isComponentId)) }),
  choose: async ({ deployment }: RunningToy, { random }) => {
    const { components } = deployment;
    return { victim: components[Math.floor(random() * components.length)]?.id ?? "" };
  },
  inject: ({ deployment }, { victim }, signal) => powerOf(deployment, "processes").kill(victim, signal),
  isInjected: async ({ deployment }, { victim }, signal) => !(await deployment.answers(victim, signal)),
  heal: ({ deployment }, { victim }, signal) => powerOf(deployment, "processes").start(victim, signal),
  async healed({ deployment }, { victim }, signal) {
    while (!signal.aborted && !(await deployment.answers(victim, signal))) await Bun.sleep(20);
    return !signal.aborted;
  },
});

/** Recipe, fault and traffic of the toy. */
export const toyLab: Lab = defineLab({
  subject: "toy",
  connect: async (deployment) => new RunningToy(deployment),
  faults: [endpointKill],
  up: toyUp,
  load: toyLoad,
  endpoints: toyEndpoints,
  strength: { ratePerSecond: 50, keys: 1 },
  ordinary: { ratePerSecond: 100, keys: 5, zipf: 0.5 },
  targets: ({ components }) => components,
});
