/** Scores a diagnosis against the ground truth, by closed vocabularies and without a model as judge. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import { isRuledOut } from "../core/diagnosis/hypothesis.ts";
import type { Spending } from "../core/diagnosis/investigation.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { Mechanism } from "../core/words/mechanism.ts";

/** What was broken, and how. */
export interface Truth {
  readonly component: ComponentId;
  readonly mechanism: Mechanism;
}

/** One answer, or that there was none. */
export interface Answered {
  /** Absent where the engine gave no answer. */
  readonly conclusion?: Conclusion;
  readonly spent: Spending;
  /** Turns and questions that a full budget has. */
  readonly limits: Pick<Spending, "turns" | "toolCalls">;
  /** Calls of unknown tools, and citations of missing evidence. */
  readonly strayCalls: number;
}

/** The right component with another mechanism is worth this share. */
const COMPONENT_ONLY = 0.5;
/** Penalty for each claim that is false, up to a maximum number. */
const FALSE_CLAIM = 0.05;
const MOST_FALSE = 10;
/** Penalty for each of these, up to a maximum number. */
const STRAY_CALL = 0.1;
const MOST_STRAY = 5;
/** Penalty for using the whole budget. */
const WHOLE_BUDGET = 0.2;
/** Additional penalty for no answer. */
const NO_ANSWER = 0.1;

/**
 * From 1 (right, cheap, every claim borne out) over 0 (says that it does not know) down to below −1 (wrong and sure of
 * it). A wrong answer loses in proportion to its confidence.
 */
export function scoreAnswer({ conclusion, spent, limits, strayCalls }: Answered, truth: Truth): number {
  const used = Math.min(1, Math.max(spent.turns / limits.turns, spent.toolCalls / limits.toolCalls));
  const cost = WHOLE_BUDGET * used + STRAY_CALL * Math.min(MOST_STRAY, strayCalls);
  if (!conclusion) return -NO_ANSWER - cost;
  return rightness(conclusion, truth) - FALSE_CLAIM * Math.min(MOST_FALSE, falseClaims(conclusion)) - cost;
}

function rightness({ cause, confidence }: Conclusion, { component, mechanism }: Truth): number {
  if (!cause) return 0;
  if (cause.component !== component) return -confidence;
  return cause.mechanism === mechanism ? 1 : COMPONENT_ONLY;
}

/** Claims of the engine itself, without those of another engine at the same desk. */
function falseClaims({ engine, cause, options }: Conclusion): number {
  const own = [...(cause ? [cause] : []), ...options].filter(({ by }) => by === engine);
  return own.flatMap(({ claims }) => claims).filter(isRuledOut).length;
}
