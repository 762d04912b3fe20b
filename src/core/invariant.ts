/** Conditions that every healthy observation satisfies, and what they say of each expected entity. */

import { messageOf, ProbeError } from "./errors.ts";
import type { ComponentId, EntityId, Scalar } from "./ids.ts";

/** Jepsen's three: what could not be observed is `unknown`, never fine. */
export type Verdict = "holds" | "violated" | "unknown";

/** How bad a lasting violation is. */
export type Severity = "info" | "warning" | "critical";

/** What one invariant says of one expected entity in one observation. */
export interface Judgement {
  readonly entity: EntityId;
  /** The component it speaks of, by which tickets are joined to the picture. */
  readonly on: ComponentId;
  readonly verdict: Verdict;
  readonly summary: string;
  /** The figures the verdict rests on. */
  readonly evidence: Readonly<Record<string, Scalar>>;
}

/** One tunable number of an invariant. */
export interface Threshold {
  /** Ends in its unit, as in the name of the threshold. */
  readonly default: number;
  readonly description: string;
}

/** Thresholds in force, by name. */
export type Thresholds = Readonly<Record<string, number>>;

/** A condition without state: grace is counted elsewhere, so any recorded observation can be replayed through it. */
export interface Invariant<Observation> {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly severity: Severity;
  /** Milliseconds that a violation must last before it is a ticket. */
  readonly graceMs: number;
  /** Why it matters, in one line. */
  readonly rationale: string;
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  readonly check: (observation: Observation, thresholds: Thresholds) => readonly Judgement[];
}

/** A part of an observation that was read, or why it could not be. */
export type Probed<T> = { readonly value: T } | { readonly failed: string; readonly outcome: ProbeError["outcome"] };

/** Turns a failed probe into data, so that one silent endpoint does not hide the rest. */
export async function probe<T>(read: () => Promise<T>): Promise<Probed<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { failed: messageOf(error), outcome: error instanceof ProbeError ? error.outcome : "failed" };
  }
}

/** One judgement for each item. */
export function judgeEach<T>(items: Iterable<T>, judge: (item: T) => Judgement): readonly Judgement[] {
  return [...items].map((item) => judge(item));
}
