/** A kind of claim: its form, how it is evaluated, whether it may last, what evidence it asks for, and its words. */

import type * as v from "valibot";
import type { Inspected } from "../../subject/inspection.ts";
import type { LogEvent } from "../../system/logs.ts";
import type { PointsQuestion, SeriesWindow } from "../../system/series.ts";
import type { LookRecord, TimelineEvent } from "../../system/timeline.ts";
import type { ComponentId } from "../../words/ids.ts";

/** All that a predicate may be evaluated on. */
export interface Evidence {
  readonly now: LookRecord;
  /** The last look before the trouble, where there is one. */
  readonly before?: LookRecord;
  readonly timeline: readonly TimelineEvent[];
  readonly series: readonly SeriesWindow[];
  /** Log lines of components, oldest first. @default none are known */
  readonly logs?: readonly ComponentLog[];
  /** What inspections showed, oldest first. @default none were read */
  readonly inspected?: readonly Inspected[];
}

/** What is known of one component's log. */
export interface ComponentLog {
  readonly component: ComponentId;
  readonly events: readonly LogEvent[];
}

/** What came out, with the figure it rests on. */
export interface Evaluation {
  readonly outcome: "true" | "false" | "unknown";
  /** Rendered by code from the evidence, never by an engine. */
  readonly figure: string;
}

/** The form of a predicate: an object with a kind of its own. */
export type PredicateSchema = v.ObjectSchema<
  { readonly kind: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  undefined
>;

/** One kind of claim. */
export interface ClaimKind<Schema extends PredicateSchema> {
  readonly schema: Schema;
  /** Whether the predicate is so; what the evidence does not show is `unknown`, never false. */
  evaluate(predicate: v.InferOutput<Schema>, evidence: Evidence): Evaluation;
  /** Whether it may speak of something wrong that lasts, and so is asked again of a fresh look. */
  persists(predicate: v.InferOutput<Schema>): boolean;
  /** Whether a healthy component can satisfy it, too: a version, a setting, a level. @default never */
  neutral?(predicate: v.InferOutput<Schema>): boolean;
  /** The past that it needs besides looks and events. @default none */
  questions?(predicate: v.InferOutput<Schema>, endMs: number): readonly PointsQuestion[];
  /** What is claimed, as against what was found. */
  words(predicate: v.InferOutput<Schema>): string;
}

/** Fixes the type of a kind by its schema. */
export function defineClaim<Schema extends PredicateSchema>(kind: ClaimKind<Schema>): ClaimKind<Schema> {
  return kind;
}

/** An evaluation that came to an answer. */
export function decided(isSo: boolean, figure: string): Evaluation {
  return { outcome: isSo ? "true" : "false", figure };
}

/** An evaluation that the evidence is not enough for. */
export function unknown(figure: string): Evaluation {
  return { outcome: "unknown", figure };
}
