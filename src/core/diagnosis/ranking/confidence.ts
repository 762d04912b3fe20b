/** How far a ranking is to be trusted: by its margin, and by what the same method finds where nothing was wrong. */

import { medianOf } from "../../system/series-math.ts";

/** What a ranking's first place is worth. */
export interface Confidence {
  /** 0 to 1. */
  readonly confidence: number;
  /** `likely`: right in the measurements nearly always. `none`: the series show no cause; look at logs, traces and changes. */
  readonly verdict: "likely" | "possible" | "none";
  /** Share of the first score by which the second one is smaller. */
  readonly margin: number;
  /** The first score divided by the usual first score of quiet windows; absent where too few could be compared. */
  readonly quietRatio?: number;
}

/** Quiet windows without which they say nothing. */
const LEAST_QUIET = 3;
const RATIO_RANGE = { least: 0.2, most: 20 } as const;
const LIKELY = { ratio: 2.5, margin: 0.35 } as const;
const NONE = { ratio: 1.2, confidence: 0.4 } as const;

/** The confidence of scores, the largest first, against the largest scores of quiet windows. */
export function confidenceOf(scores: readonly number[], quiet: readonly number[]): Confidence {
  const [first = 0, second = 0] = scores;
  if (first <= 0) return { confidence: 0, verdict: "none", margin: 0 };
  const margin = (first - second) / first;
  const usually = quiet.length < LEAST_QUIET ? undefined : medianOf(quiet);
  if (usually === undefined) {
    // Without anything to compare with, the margin alone never makes a cause likely.
    const confidence = Math.min(0.85, logistic(-3 + 9.7 * margin));
    return { confidence, verdict: verdictOf(confidence, false), margin };
  }
  const ratio = Math.max(RATIO_RANGE.least, Math.min(RATIO_RANGE.most, first / usually));
  const confidence = Math.min(0.95, logistic(-2.4 + 4.5 * margin + 1.6 * Math.log(ratio)));
  const isLost = ratio < NONE.ratio && margin < LIKELY.margin;
  const isLikely = ratio >= LIKELY.ratio && margin >= LIKELY.margin;
  return { confidence, verdict: isLost ? "none" : verdictOf(confidence, isLikely), margin, quietRatio: ratio };
}

function verdictOf(confidence: number, isLikely: boolean): Confidence["verdict"] {
  if (isLikely) return "likely";
  return confidence < NONE.confidence ? "none" : "possible";
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
