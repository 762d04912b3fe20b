/** The algorithms by name; `lua` has one script for each. */

/** By the names that fields and settings use. */
export const ALGORITHMS = ["sliding-window", "sliding-counter", "fixed-window", "gcra"] as const;

/** Name of an algorithm; `sliding-window` is exact. */
export type Algorithm = (typeof ALGORITHMS)[number];
