/** How the toy is broken: a fault that keeps its promise, and some that do not. */

import * as v from "valibot";
import { defineFault, type Fault, type GroundTruth } from "../../src/core/subject/fault.ts";
import type { Deployment } from "../../src/deployments/deployment.ts";
import { defineLab, type Lab } from "../../src/deployments/lab.ts";
import type { Endpoints } from "./endpoints.ts";
import { toyEndpoints, toyLoad, toyUp } from "./subject/recipes/local.ts";

const TRUTH: GroundTruth = {
  component: "endpoint/2",
  mechanism: "crash",
  trips: ["endpoint-answers"],
  mayTrip: [],
  signalLagMs: 0,
  fixedBy: ["start-component"],
  decoys: [],
  emulated: false,
};

/** The toy's lab, whose faults promise what they are told to. */
export function toyLab(endpoints: Endpoints, promise: Partial<GroundTruth> = {}): Lab {
  const truth = { ...TRUTH, ...promise };
  return defineLab({
    subject: "toy",
    connect: async () => new Hands(endpoints),
    faults: [
      killing("endpoint-kill", truth, {}),
      killing("nothing-at-all", truth, { inject: async () => {}, isInjected: async () => true }),
      killing("no-bite", truth, { isInjected: async () => false }),
      killing("no-cure", truth, { healed: async () => false }),
    ],
    up: toyUp,
    load: toyLoad,
    endpoints: toyEndpoints,
    strength: { ratePerSecond: 50, keys: 1 },
    ordinary: { ratePerSecond: 100, keys: 5, zipf: 0.5 },
    targets: ({ components }) => (components.length > 0 ? components : endpoints.components),
  });
}

/** A deployment that is nothing but its name; the toy's lab reaches the endpoints by itself. */
export function toyDeployment(): Deployment {
  return {
    id: "toy",
    subject: "toy",
    settings: {},
    components: [],
    secret: () => undefined,
    secretsFolder: () => undefined,
    answers: async () => false,
    down: async () => undefined,
  };
}

/** What a lab lets go of when it is closed; the endpoints stay. */
class Hands implements AsyncDisposable {
  readonly endpoints: Endpoints;

  constructor(endpoints: Endpoints) {
    this.endpoints = endpoints;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

type Behaviour = Partial<Pick<Parameters<typeof defineFault>[0], "inject" | "isInjected" | "healed">>;

function killing(id: string, truth: GroundTruth, behaviour: Behaviour): Fault<Hands> {
  return defineFault({
    id,
    description: "One endpoint dies",
    truth,
    input: v.object({}),
    choose: async () => ({}),
    inject: ({ endpoints }: Hands) => endpoints.kill("endpoint/2"),
    isInjected: async ({ endpoints }) => !endpoints.runs("endpoint/2"),
    heal: async ({ endpoints }) => {
      if (!endpoints.runs("endpoint/2")) endpoints.start("endpoint/2");
    },
    healed: async ({ endpoints }) => endpoints.runs("endpoint/2"),
    ...behaviour,
  });
}
