/** A lab: how a subject is run, broken and loaded on purpose, through any deployment. */

import type * as v from "valibot";
import type { ChooseOptions, Fault, GroundTruth } from "../core/subject/fault.ts";
import type { Workload } from "../core/subject/workload.ts";
import type { DeployedComponent } from "../core/system/process.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { Deployment } from "./deployment.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Flags that a lab adds to a command, and their result: an object schema with the flags' names in camelCase. Each
 * entry takes text (`boolean` takes none), is optional, and has a `description`; `metadata({ hint })` names its value.
 */
export type Flags<Made> = v.GenericSchema<unknown, Made> & { readonly entries: v.ObjectEntries };

/** What all labs have in common, independent of their client. */
interface LabFacts {
  /** Name of the subject. */
  readonly subject: string;
  /** Flags of `operator up`: sizes and settings of a cluster. */
  readonly up: Flags<Recipe>;
  /** Flags of `operator load`: what each request asks for. */
  readonly load: Flags<MakeWorkload>;
  /** Default traffic of `operator load`. */
  readonly strength: Strength;
  /** Traffic during a trial: enough to make every fault of the lab visible. */
  readonly ordinary: Strength;
  /** Whether only deployments of `operator up` accept that traffic, for instance because an emulator has its own protocol. @default {false} */
  readonly ownTrafficOnly?: boolean;
  /** The components that take the subject's traffic. */
  readonly targets: (deployment: Deployment) => readonly DeployedComponent[];
  /** The endpoints of the deployment, as the subject's configuration. */
  readonly endpoints: (deployment: Deployed) => unknown;
}

/** The parts of a deployment from which a configuration is made. */
export type Deployed = Pick<Deployment, "components" | "settings" | "secret">;

/** A lab as its author writes it, with the type of its client. */
export interface LabSpec<Client extends AsyncDisposable> extends LabFacts {
  readonly connect: (deployment: Deployment) => Promise<Client>;
  readonly faults: readonly Fault<Client>[];
  /** Settings of a trial, so that every fault is visible under ordinary traffic; they trip nothing. */
  readonly trialSettings?: Fault<Client>;
}

/** Makes the traffic of one run. */
export type MakeWorkload = (options: WorkloadOptions) => Workload;

/** The amount of traffic. */
export interface Strength {
  readonly ratePerSecond: number;
  readonly keys: number;
  /** Exponent of the keys' distribution. @default all keys equally */
  readonly zipf?: number;
}

/** Options of the traffic, common to all subjects. */
export interface WorkloadOptions {
  /** Whether every answer is checked against the guarantees of the subject. */
  readonly check: boolean;
}

/** A fault with its client closed over; `inject` and `heal` take the journaled input. */
export interface BoundFault {
  readonly id: string;
  readonly description: string;
  readonly truth: GroundTruth;
  choose(options: ChooseOptions): Promise<unknown>;
  inject(input: unknown, signal: AbortSignal): Promise<void>;
  heal(input: unknown, signal: AbortSignal): Promise<void>;
}

/** What is known of a fault without a running deployment. */
export type FaultInfo = Pick<BoundFault, "id" | "description" | "truth">;

/** A lab connected to a deployment. */
export interface OpenLab extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly trialSettings?: FaultInfo;
  /**
   * The fault of that name, or the trial's settings.
   * @throws {InvalidInputError} If there is none.
   */
  fault(id: string): BoundFault;
}

/** A lab as the commands, chaos, trials and demo see it. */
export interface Lab extends LabFacts {
  readonly faults: readonly FaultInfo[];
  /** Settings of a trial, injected and healed like a fault, but not listed as one. */
  readonly trialSettings?: FaultInfo;
  open(deployment: Deployment): Promise<OpenLab>;
}

/** Hides the type of a lab's client. */
export function defineLab<Client extends AsyncDisposable>({ connect, faults, ...facts }: LabSpec<Client>): Lab {
  const all = [...faults, ...(facts.trialSettings ? [facts.trialSettings] : [])];
  return {
    ...facts,
    faults,
    async open(deployment) {
      const client = await connect(deployment);
      return {
        deployment,
        ...(facts.trialSettings && { trialSettings: facts.trialSettings }),
        fault: (id) => bind(all, id, client),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

function bind<Client>(faults: readonly Fault<Client>[], id: string, client: Client): BoundFault {
  const fault = faults.find((candidate) => candidate.id === id);
  if (!fault) {
    const known = faults.map((candidate) => candidate.id).join(", ");
    throw new InvalidInputError(`Cannot find fault "${id}", expected one of ${known}`);
  }
  return {
    id,
    description: fault.description,
    truth: fault.truth,
    choose: (options) => fault.choose(client, options),
    inject: (input, signal) => fault.inject(client, input, signal),
    heal: (input, signal) => fault.heal(client, input, signal),
  };
}
