/** What the claims of a cause are evaluated on when they are asked again: a fresh look, and the past that levels need. */

import type { SeriesSource, SeriesWindow } from "../system/series.ts";
import type { LookRecord } from "../system/timeline.ts";
import { type Evidence, type Predicate, questionsOf } from "./claims/mod.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** Where the past comes from. */
export interface History {
  readonly series: SeriesSource;
  readonly signal: AbortSignal;
}

/** Asks for the past that the claims of a cause need. A keeper of the past that does not answer leaves claims unknown. */
export async function freshEvidence({ claims }: Hypothesis, now: LookRecord, past: History): Promise<Evidence> {
  const windows = await Promise.all(claims.map(({ predicate }) => windowsFor(predicate, now, past)));
  return { now, timeline: [], series: windows.flat() };
}

async function windowsFor(
  predicate: Predicate,
  now: LookRecord,
  { series, signal }: History,
): Promise<readonly SeriesWindow[]> {
  const questions = questionsOf(predicate, now.picture.atMs);
  const answers = await Promise.allSettled(questions.map((question) => series(question, signal)));
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
