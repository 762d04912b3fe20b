/** One look at a subject: what was read, what every invariant says of it, and the generic picture. */

import type { EntityId } from "./ids.ts";
import type { Judgement } from "./invariant.ts";
import type { Picture, Topology } from "./picture.ts";

/** What an invariant of that id said. */
export interface InvariantJudgement extends Judgement {
  readonly invariant: string;
}

/** A source that is not a component, such as a Prometheus or a log path, and whether it answered. */
export interface SourceState {
  readonly name: string;
  readonly failed?: string;
}

/** What one observation came to. */
export interface Checkup {
  /** Epoch milliseconds at which observing began. */
  readonly startedAtMs: number;
  /** Milliseconds that observing and judging took. */
  readonly elapsedMs: number;
  readonly judgements: readonly InvariantJudgement[];
  readonly picture: Picture;
  readonly topology: Topology;
  /** Entities that are gone for good, so that their silence is no concern. */
  readonly retired: readonly EntityId[];
  readonly sources: readonly SourceState[];
  /** The observation itself, as JSON, for the evidence that a ticket freezes. */
  readonly observation: unknown;
}
