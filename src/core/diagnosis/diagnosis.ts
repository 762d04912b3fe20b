/** What an engine concludes, and what code adds to it before it is kept. */

import * as v from "valibot";
import { TimelineEvent } from "../system/timeline.ts";
import { IdText } from "../words/ids.ts";
import { RISKS } from "../words/risk.ts";
import { type CauseVerdict, Hypothesis } from "./hypothesis.ts";

/** An action that would repair the cause. */
export const Suggestion = v.object({
  /** Id of an offered action. */
  action: v.string(),
  input: v.unknown(),
  risk: v.picklist(RISKS),
  expectedEffect: v.string(),
});

/** An action that would repair the cause. */
export type Suggestion = v.InferOutput<typeof Suggestion>;

/** A cause that was considered and ruled out. */
export const RejectedOption = v.object({ ...Hypothesis.entries, rejectedBecause: v.string() });

/** A cause that was considered and ruled out. */
export type RejectedOption = v.InferOutput<typeof RejectedOption>;

/** What another engine found of the same incident, to be held against the conclusion. */
export const SecondOpinion = v.object({
  engine: v.string(),
  /** Epoch milliseconds of the look that it judged; absent where it was the same look. */
  atMs: v.exactOptional(v.number()),
  /** Absent where it found none. */
  cause: v.exactOptional(Hypothesis),
});

/** What another engine found of the same incident, to be held against the conclusion. */
export type SecondOpinion = v.InferOutput<typeof SecondOpinion>;

/** What an engine concludes of an incident. It knows of no action. */
export const Conclusion = v.object({
  /** Which engine answered. */
  engine: v.string(),
  /** Epoch milliseconds. */
  atMs: v.number(),
  /** What is seen, in one or two sentences. */
  observation: v.string(),
  timeline: list(TimelineEvent),
  /** Absent where nothing carries. */
  cause: v.optional(Hypothesis),
  affected: list(IdText),
  /** How the trouble travels, one step each. */
  propagation: list(v.object({ from: IdText, to: IdText, how: v.string() })),
  options: list(RejectedOption),
  /** 0 to 1. */
  confidence: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** What could not be seen and might change the answer. */
  unknowns: list(v.string()),
  /** Where two engines have worked on it. */
  secondOpinion: v.exactOptional(SecondOpinion),
});

/** What an engine concludes of an incident. It knows of no action. */
export type Conclusion = v.InferOutput<typeof Conclusion>;

/** A conclusion and the actions that would repair its cause, as the database keeps both. */
export const Diagnosis = v.object({ ...Conclusion.entries, suggestions: list(Suggestion) });

/** A conclusion and the actions that would repair its cause, as the database keeps both. */
export type Diagnosis = v.InferOutput<typeof Diagnosis>;

/** Highest confidence that claims of that verdict allow, whatever an engine says of itself. */
export const CONFIDENCE_CAP: Readonly<Record<CauseVerdict, number>> = {
  confirmed: 0.95,
  likely: 0.7,
  inconclusive: 0.3,
};

function list<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.readonly());
}
