/** Ways to break a subject on purpose: each a small value with its cure and with what is true about it. */

import * as v from "valibot";
import { ActionError } from "../text/errors.ts";
import { parse } from "../text/parse.ts";
import type { Mechanism } from "../words/mechanism.ts";

/** What is true while a fault is in force: the one row that chaos, doctor, eval, actions and demo read. */
export interface GroundTruth {
  /** The component at fault, or the name of the input field that holds it. */
  readonly component: string;
  /** Name of the input field that lists further components, broken alike. @default there are none */
  readonly alike?: string;
  readonly mechanism: Mechanism;
  /** Invariants that must trip. */
  readonly trips: readonly string[];
  /** Honest side effects. */
  readonly mayTrip: readonly string[];
  /** Milliseconds until the signal can be seen, probe time-outs included. */
  readonly signalLagMs: number;
  /** Actions that fix it. */
  readonly fixedBy: readonly string[];
  /** Actions that look right and are not. */
  readonly decoys: readonly string[];
  /** Only an emulator can do it. */
  readonly emulated: boolean;
}

/** A fault as its author writes it. `heal` works from any state and takes the same journaled input as `inject`. */
export interface FaultSpec<Client, Schema extends v.GenericSchema> {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly description: string;
  readonly truth: GroundTruth;
  readonly input: Schema;
  /** Chooses what the person left open; what it chooses is journaled before anything is broken. */
  readonly choose: (client: Client, options: ChooseOptions) => Promise<v.InferInput<Schema>>;
  readonly inject: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<void>;
  /** Whether the fault is truly in force. */
  readonly isInjected: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<boolean>;
  readonly heal: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<void>;
  /** Whether nothing of it is left. */
  readonly healed: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<boolean>;
}

/** What a person may fix about the choice of victim. */
export interface ChooseOptions {
  /** A component, by the deployment's name for it. */
  readonly target?: string;
  /** Seeded; uniform in [0, 1). */
  readonly random: () => number;
  /** How strong it is, as a multiple of its usual strength, for those that have one: 1 or more. @default {1} */
  readonly strength?: number;
  /** Milliseconds that the fault is to last, for those that can end by themselves. */
  readonly forMs: number;
  readonly signal: AbortSignal;
}

/** A fault with its types closed over. Inputs are plain JSON, for the journal. */
export interface Fault<Client> {
  readonly id: string;
  readonly description: string;
  readonly truth: GroundTruth;
  readonly choose: (client: Client, options: ChooseOptions) => Promise<unknown>;
  /**
   * Breaks, and heals at once if breaking fails halfway.
   * @throws {ActionError} If the fault does not bite.
   */
  readonly inject: (client: Client, input: unknown, signal: AbortSignal) => Promise<void>;
  /** @throws {ActionError} If something of the fault is left. */
  readonly heal: (client: Client, input: unknown, signal: AbortSignal) => Promise<void>;
}

/** Closes over the input type of a fault. */
export function defineFault<Client, Schema extends v.GenericSchema>(spec: FaultSpec<Client, Schema>): Fault<Client> {
  const inputOf = (raw: unknown): v.InferOutput<Schema> => parse(spec.input, raw, `input of "${spec.id}"`);
  return {
    id: spec.id,
    description: spec.description,
    truth: spec.truth,
    choose: spec.choose,
    async inject(client, raw, signal) {
      const input = inputOf(raw);
      try {
        await spec.inject(client, input, signal);
        if (await spec.isInjected(client, input, signal)) return;
        throw new ActionError(`Cannot inject "${spec.id}": injected but without effect, expected it to bite`);
      } catch (error) {
        await spec.heal(client, input, AbortSignal.timeout(30_000));
        throw error;
      }
    },
    async heal(client, raw, signal) {
      const input = inputOf(raw);
      await spec.heal(client, input, signal);
      if (await spec.healed(client, input, signal)) return;
      throw new ActionError(`Cannot heal "${spec.id}": something of it is left, expected nothing`);
    },
  };
}

/** The component at fault in one injection; of several, the first. */
export function faultyComponent(truth: GroundTruth, input: unknown): string {
  const chosen = fieldOf(input, truth.component);
  return typeof chosen === "string" ? chosen : truth.component;
}

/** All components at fault in one injection. */
export function faultyComponents(truth: GroundTruth, input: unknown): readonly string[] {
  const further = truth.alike === undefined ? undefined : fieldOf(input, truth.alike);
  const named = Array.isArray(further) ? further.filter((one): one is string => typeof one === "string") : [];
  return [faultyComponent(truth, input), ...named];
}

function fieldOf(input: unknown, name: string): unknown {
  return typeof input === "object" && input !== null ? Reflect.get(input, name) : undefined;
}
