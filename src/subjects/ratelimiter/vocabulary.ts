/** The words of the field: with the description, all that an agent knows about the subject. */

/** Each word with one sentence. */
export const vocabulary: Readonly<Record<string, string>> = {
  limiter: "All nodes together with their Redis; it allows each key at most its limit of units per window.",
  quota: "The units that a key may still take in its window.",
  admission: "A check that was allowed; each node logs its own by time.",
  denial: "A check that was answered with 429, which is a correct answer.",
  drift: "Two nodes count differently for the same key, mostly because one of them counts alone.",
  drain: "A node finishes what runs and refuses new checks with 503.",
  "sliding-window": "The exact algorithm: never more than the limit in any window.",
  "sliding-counter": "An estimate from two windows that lets bursts at a boundary through.",
  "fixed-window": "Counts from zero in each window, so that twice the limit fits around a boundary.",
  gcra: "Spreads the limit evenly in time and allows one burst of it.",
};
