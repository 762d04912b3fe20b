/** The algorithms: each one's script, and what it may let through. The one list that a new algorithm joins. */

import fixedWindow from "./fixed-window.lua" with { type: "text" };
import gcra from "./gcra.lua" with { type: "text" };
import fixedWindowReport from "./reports/fixed-window.lua" with { type: "text" };
import gcraReport from "./reports/gcra.lua" with { type: "text" };
import slidingCounterReport from "./reports/sliding-counter.lua" with { type: "text" };
import slidingWindowReport from "./reports/sliding-window.lua" with { type: "text" };
import slidingCounter from "./sliding-counter.lua" with { type: "text" };
import slidingWindow from "./sliding-window.lua" with { type: "text" };
import slidingWindowLarge from "./sliding-window-large.lua" with { type: "text" };

/** What is true of an algorithm. */
export interface AlgorithmFacts {
  /** What decides, in three parts: declarations, `ask` and `decide`; `frame.lua` is around them. */
  readonly script: string;
  /** What takes over the units that a node admitted alone; `reports/frame.lua` is around it. */
  readonly report: string;
  /** Units that any window may let through at worst, as a multiple of the limit. */
  readonly worstRatio: number;
  /** Whether the limit holds in windows that begin at any time, or in those that are counted from the epoch. */
  readonly windows: "any" | "fixed";
}

/** Where the exact algorithm makes its functions for large counters. */
const LARGE = "--- large ---";

const FACTS = {
  "sliding-window": {
    script: slidingWindow.replace(LARGE, () => slidingWindowLarge),
    report: slidingWindowReport.replace(LARGE, () => slidingWindowLarge),
    worstRatio: 1,
    windows: "any",
  },
  "sliding-counter": { script: slidingCounter, report: slidingCounterReport, worstRatio: 2, windows: "any" },
  "fixed-window": { script: fixedWindow, report: fixedWindowReport, worstRatio: 1, windows: "fixed" },
  gcra: { script: gcra, report: gcraReport, worstRatio: 2, windows: "any" },
} as const satisfies Readonly<Record<string, AlgorithmFacts>>;

/** Name of an algorithm, as fields and settings use it; `sliding-window` is exact. */
export type Algorithm = keyof typeof FACTS;

/** The facts by name. */
export const ALGORITHM_FACTS: Readonly<Record<Algorithm, AlgorithmFacts>> = FACTS;

/** The names. */
export const ALGORITHMS: readonly Algorithm[] = Object.keys(FACTS).filter((name): name is Algorithm => name in FACTS);

/** One of something for each algorithm. */
export function eachAlgorithm<Made>(make: (algorithm: Algorithm) => Made): Record<Algorithm, Made> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `fromEntries` loses which names there are
  return Object.fromEntries(ALGORITHMS.map((name) => [name, make(name)])) as Record<Algorithm, Made>;
}
