/** One look at a subject: what was read, what every invariant says of it, and the generic picture. */

import type { Picture, Topology } from "../system/picture.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { ProbeFailure } from "../words/probe-outcome.ts";
import type { Judgement } from "./invariant.ts";

/** What an invariant of that id said. */
export interface InvariantJudgement extends Judgement {
  readonly invariant: string;
  /** Epoch milliseconds of the oldest reading that it rests on; what rests on no newer one is the same judgement again. */
  readonly readAtMs: number;
}

/** A source that is not a component, such as a Prometheus or a log path, and whether it answered. */
export interface SourceState {
  readonly name: string;
  readonly failed?: string;
  /** How asking it went wrong. */
  readonly outcome?: ProbeFailure;
  /** The component that it is, where the deployment runs it. */
  readonly on?: ComponentId;
}

/** What one look came to. */
export interface Checkup {
  /** Epoch milliseconds at which the look began. */
  readonly startedAtMs: number;
  /** Milliseconds that reading and judging took. */
  readonly elapsedMs: number;
  readonly judgements: readonly InvariantJudgement[];
  readonly picture: Picture;
  readonly topology: Topology;
  /** Entities that are gone for good, so that their silence is no concern. */
  readonly retired: readonly EntityId[];
  readonly sources: readonly SourceState[];
  /** The readings themselves, as JSON, for the evidence that a ticket freezes. */
  readonly observation: unknown;
}
