/** A lab: how a subject is broken and loaded on purpose, through whatever deployment runs it. */

import type { ChooseOptions, Fault, Truth } from "../core/subject/fault.ts";
import type { Workload } from "../core/subject/workload.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { Deployment } from "./deployment.ts";

/** A lab as its author writes it, with the type of its client in view. */
export interface LabSpec<Client extends AsyncDisposable> {
  /** Name of the subject. */
  readonly subject: string;
  readonly connect: (deployment: Deployment) => Promise<Client>;
  readonly faults: readonly Fault<Client>[];
  /** The addresses that take the subject's traffic. */
  readonly targets: (deployment: Deployment) => readonly string[];
  /** Ordinary traffic of the subject. */
  readonly workload: (options: WorkloadOptions) => Workload;
  readonly ordinary: OrdinaryTraffic;
}

/** How much ordinary traffic there is, where nobody says otherwise: enough that every fault of the lab can be seen. */
export interface OrdinaryTraffic {
  readonly ratePerSecond: number;
  readonly keys: number;
  /** Exponent of the keys' distribution. */
  readonly zipf: number;
}

/** What a person may say about ordinary traffic. */
export interface WorkloadOptions {
  /** Whether every answer is held against what the subject promises. */
  readonly check: boolean;
}

/** A fault with its client closed over; `inject` and `heal` take the journaled input. */
export interface BoundFault {
  readonly id: string;
  readonly description: string;
  readonly truth: Truth;
  choose(options: ChooseOptions): Promise<unknown>;
  inject(input: unknown, signal: AbortSignal): Promise<void>;
  heal(input: unknown, signal: AbortSignal): Promise<void>;
}

/** What can be listed of a fault without a running deployment. */
export type FaultInfo = Pick<BoundFault, "id" | "description" | "truth">;

/** A lab connected to a deployment. */
export interface OpenLab extends AsyncDisposable {
  readonly deployment: Deployment;
  /**
   * The fault of that name.
   * @throws {InvalidInputError} If there is none.
   */
  fault(id: string): BoundFault;
}

/** A lab as chaos, trials and demo see it. */
export interface Lab {
  readonly subject: string;
  readonly faults: readonly FaultInfo[];
  targets(deployment: Deployment): readonly string[];
  workload(options: WorkloadOptions): Workload;
  readonly ordinary: OrdinaryTraffic;
  open(deployment: Deployment): Promise<OpenLab>;
}

/** Closes over the type of a lab's client. */
export function defineLab<Client extends AsyncDisposable>(spec: LabSpec<Client>): Lab {
  const { subject, faults, targets, workload, ordinary } = spec;
  return {
    subject,
    faults,
    targets,
    workload,
    ordinary,
    async open(deployment) {
      const client = await spec.connect(deployment);
      return {
        deployment,
        fault: (id) => bind(faults, id, client),
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
