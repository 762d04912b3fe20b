/** Scores a diagnosis against what is true: exactly, by closed words, without a judge. */

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
  /** Calls for what is not on the list of tools, and citations of what nobody found. */
  readonly strayCalls: number;
}

/** The right component with another mechanism is worth this share. */
const COMPONENT_ONLY = 0.5;
/** What an answer loses for each of its claims that the data ruled out, up to so many. */
const FALSE_CLAIM = 0.05;
const MOST_FALSE = 10;
/** What each of these costs, up to so many. */
const STRAY_CALL = 0.1;
const MOST_STRAY = 5;
/** What using up the whole budget costs. */
const WHOLE_BUDGET = 0.2;
/** What no answer at all costs besides. */
const NO_ANSWER = 0.1;

/**
 * From 1 (right, cheap, every claim borne out) over 0 (says that it does not know) down to below −1 (wrong and sure of it).
 * A wrong answer loses as much as it was sure.
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

/** Those that the engine brought forward itself: what another engine at the same desk claimed is not counted. */
function falseClaims({ engine, cause, options }: Conclusion): number {
  const own = [...(cause ? [cause] : []), ...options].filter(({ by }) => by === engine);
  return own.flatMap(({ claims }) => claims).filter(isRuledOut).length;
}
