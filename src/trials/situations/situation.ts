/** A situation: what is done to a running instance, and what must be seen of it from outside. Subjects are handed in. */

import type { Thresholds } from "../../core/subject/invariant.ts";
import type { Random } from "../../core/system/random.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Mechanism } from "../../core/words/mechanism.ts";
import type { SituationRecord } from "./record.ts";

/** One thing that is wrong, and what must become of it. */
export interface ExpectedCause {
  /** Name by which the course of the situation tells when it began. */
  readonly id: string;
  /** Components that may be named. */
  readonly components: readonly ComponentId[];
  /** Mechanisms that may be named. */
  readonly mechanisms: readonly Mechanism[];
  /** Invariants of which one must have a ticket in time; none where a ticket of an earlier cause says it already. */
  readonly trips: readonly string[];
  /** Milliseconds from its beginning until a probe can show it. */
  readonly signalLagMs: number;
  /** Actions that fix it; where there are none, the situation ends it by itself. */
  readonly fixedBy: readonly string[];
  /** Actions on its components that neither fix it nor harm. @default none */
  readonly harmless?: readonly string[];
  /** Milliseconds within which it is fixed once it can be. @default {20_000} */
  readonly fixWithinMs?: number;
  /** What a person must be able to read about it. */
  readonly says?: readonly RegExp[];
}

/** What must be seen. */
export interface Expected {
  /** None for a healthy control. */
  readonly causes: readonly ExpectedCause[];
  /** Invariants that may have a ticket beside those of the causes. */
  readonly mayTrip: readonly string[];
  /** Incidents, those linked to another not counted. @default as many as there are causes */
  readonly incidents?: readonly [least: number, most: number];
  /** Tickets at most. */
  readonly mostTickets?: number;
}

/** What a situation does with its moments, and where it reports them. */
export interface Course {
  /** Begins a cause; it can be fixed from then on, unless {@linkcode fixable} says later. */
  began(cause: string): void;
  /** Nothing stands in the way of fixing a cause any more. */
  fixable(cause: string): void;
  /** What only this situation can tell: kept as a problem where it is not so. */
  must(isSo: boolean, sentence: string): void;
  sleep(ms: number): Promise<void>;
  /** Leaves everything as it is for so long; on a stage in a hurry only until every cause that has begun is named. */
  lasts(ms: number): Promise<void>;
  /** Waits for a condition and answers whether it came about in time. */
  until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean>;
  /** What the operator has on record since the situation began. */
  record(): SituationRecord;
  readonly signal: AbortSignal;
}

/** A situation with its victims and strengths drawn. */
export interface Drawn<Powers> extends Expected {
  /** Does it, and undoes whatever the operator has no action for. */
  run(powers: Powers, course: Course): Promise<void>;
}

/** One situation on a subject over which there are such powers. */
export interface Situation<Powers> {
  /** Kebab-case. */
  readonly id: string;
  /** What is done, in one sentence. */
  readonly does: string;
  /** By invariant, the thresholds by which it is seen; others are set so high that a busy machine does not cross them. @default none */
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** Draws victims, strengths and times; the same randomness gives the same. */
  draw(random: Random): Drawn<Powers>;
}
