/** What may be done to a subject: values with a risk, an exact preview, a post-condition and, where there is one, an undo. */

import * as v from "valibot";
import type { Component } from "../system/picture.ts";
import { parse } from "../text/parse.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Mechanism } from "../words/mechanism.ts";
import type { Risk } from "../words/risk.ts";

/** Exactly what an action would do. */
export interface ActionPreview {
  /** The request, command or signal, word for word. */
  readonly sends: string;
  readonly expectedEffect: string;
  readonly entities: readonly EntityId[];
  /** Components that do not serve while it runs, from which the blast radius is computed. */
  readonly stops: readonly ComponentId[];
  /** What stays in force after it has helped, and the command that ends that; absent where nothing does. */
  readonly lasts?: string;
}

/** A root cause as an action is asked about it. */
export interface Cause {
  readonly mechanism: Mechanism;
  readonly component: Component;
}

/** An action as its author writes it. */
export interface Action<Client, Schema extends v.GenericSchema = v.GenericSchema> {
  /** Stable kebab-case name. */
  readonly id: string;
  /** What it does and when it helps; also what an agent reads. */
  readonly description: string;
  readonly risk: Risk;
  /** Type, validation and tool description in one. */
  readonly input: Schema;
  /** The input with which it fixes a cause, where it does: how an action is found without knowing the subject. */
  readonly fixes?: (cause: Cause) => v.InferInput<Schema> | undefined;
  /** Why it would change nothing about a cause that it fixes elsewhere, in a clause; `undefined` where it would. */
  readonly unfit?: (cause: Cause) => string | undefined;
  readonly preview: (input: v.InferOutput<Schema>) => ActionPreview;
  /**
   * Sends what `preview` showed and answers what was done, in one sentence.
   * @throws {ActionError} If the subject refuses.
   */
  readonly run: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<string>;
  /** Whether the intended effect is there; polled by verification. */
  readonly postCondition: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<boolean>;
  /** Whether it has an effect even where the post-condition holds already, as a restart has. @default {false} */
  readonly repeats?: boolean;
  /** Reads, just before `run`, what must be known to undo it: plain JSON. */
  readonly capture?: (client: Client, input: v.InferOutput<Schema>, signal: AbortSignal) => Promise<unknown>;
  readonly undo?: (client: Client, input: v.InferOutput<Schema>, options: UndoOptions) => Promise<string>;
}

/** What an undo is given besides the input. */
export interface UndoOptions {
  /** What `capture` read, as it was kept; `undefined` where there is nothing. */
  readonly captured: unknown;
  readonly signal: AbortSignal;
}

/** An action with its client closed over and its input checked. Only the executor calls `run` and `undo`. */
export interface BoundAction {
  readonly id: string;
  readonly description: string;
  readonly risk: Risk;
  readonly input: v.GenericSchema;
  readonly fixes?: (cause: Cause) => unknown;
  readonly unfit?: (cause: Cause) => string | undefined;
  readonly preview: (input: unknown) => ActionPreview;
  readonly run: (input: unknown, signal: AbortSignal) => Promise<string>;
  readonly postCondition: (input: unknown, signal: AbortSignal) => Promise<boolean>;
  readonly repeats: boolean;
  readonly capture?: (input: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly undo?: (input: unknown, options: UndoOptions) => Promise<string>;
}

/** An action whose client is still to come; its input type is closed over. */
export interface UnboundAction<Client> {
  readonly id: string;
  readonly risk: Risk;
  readonly bind: (client: Client) => BoundAction;
}

/** Closes over the input type of an action, so that unlike actions fit one list. */
export function defineAction<Client, Schema extends v.GenericSchema>(
  action: Action<Client, Schema>,
): UnboundAction<Client> {
  return { id: action.id, risk: action.risk, bind: (client) => bindAction(action, client) };
}

function bindAction<Client, Schema extends v.GenericSchema>(
  action: Action<Client, Schema>,
  client: Client,
): BoundAction {
  const { id, description, risk, input, fixes, unfit, preview, run, postCondition, capture, undo } = action;
  const inputOf = (raw: unknown): v.InferOutput<Schema> => parse(input, raw, `input of "${id}"`);
  return {
    id,
    description,
    risk,
    input,
    ...(fixes && { fixes }),
    ...(unfit && { unfit }),
    preview: (raw) => preview(inputOf(raw)),
    run: (raw, signal) => run(client, inputOf(raw), signal),
    postCondition: (raw, signal) => postCondition(client, inputOf(raw), signal),
    repeats: action.repeats ?? false,
    ...(capture && { capture: (raw: unknown, signal: AbortSignal) => capture(client, inputOf(raw), signal) }),
    ...(undo && { undo: (raw: unknown, options: UndoOptions) => undo(client, inputOf(raw), options) }),
  };
}
