/** A situation: what is done to a running instance, and what the operator must report. Subjects are handed in. */

import type { Thresholds } from "../../core/subject/invariant.ts";
import type { Random } from "../../core/system/random.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { Mechanism } from "../../core/words/mechanism.ts";
import type { SituationRecord } from "./record.ts";

/** One cause, and the expected outcome. */
export interface ExpectedCause {
  /** Name by which the situation reports its beginning. */
  readonly id: string;
  /** Components that may be named. */
  readonly components: readonly ComponentId[];
  /** Mechanisms that may be named. */
  readonly mechanisms: readonly Mechanism[];
  /** Invariants of which at least one must have a ticket in time; empty if a ticket of an earlier cause already covers it. */
  readonly trips: readonly string[];
  /** Milliseconds from its beginning until a probe can show it. */
  readonly signalLagMs: number;
  /** Actions that fix it; without any, the situation ends it itself. */
  readonly fixedBy: readonly string[];
  /** Actions on its components that neither fix it nor harm. @default none */
  readonly harmless?: readonly string[];
  /** Milliseconds within which it is fixed once it can be. @default {20_000} */
  readonly fixWithinMs?: number;
  /** Text that a person must be able to read about it. */
  readonly says?: readonly RegExp[];
}

/** The expected record. */
export interface Expected {
  /** None for a healthy control. */
  readonly causes: readonly ExpectedCause[];
  /** Invariants that may have a ticket beside those of the causes. */
  readonly mayTrip: readonly string[];
  /** Number of incidents, without linked ones. @default as many as there are causes */
  readonly incidents?: readonly [least: number, most: number];
  /** Maximum of tickets. */
  readonly mostTickets?: number;
}

/** Operations of a running situation. */
export interface Course {
  /** Reports the beginning of a cause; it can be fixed from then on, or from {@linkcode fixable}. */
  began(cause: string): void;
  /** Reports that a cause can be fixed from now on. */
  fixable(cause: string): void;
  /** A condition specific to this situation: reported as a problem if it is false. */
  must(isSo: boolean, sentence: string): void;
  sleep(ms: number): Promise<void>;
  /** Waits for that long; on a stage in a hurry only until every begun cause is named. */
  lasts(ms: number): Promise<void>;
  /** Waits for a condition; returns whether it became true in time. */
  until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean>;
  /** The operator's record since the situation began. */
  record(): SituationRecord;
  readonly signal: AbortSignal;
}

/** A situation with its victims and strengths drawn. */
export interface Drawn<Powers> extends Expected {
  /** Runs the situation, and undoes what the operator has no action for. */
  run(powers: Powers, course: Course): Promise<void>;
}

/** One situation on a subject with the given powers. */
export interface Situation<Powers> {
  /** Kebab-case. */
  readonly id: string;
  /** What is done, in one sentence. */
  readonly does: string;
  /** Thresholds by invariant that show it; others are set so high that a busy machine does not exceed them. @default none */
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** Draws victims, strengths and times; the same randomness gives the same. */
  draw(random: Random): Drawn<Powers>;
}
