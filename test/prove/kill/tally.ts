/** What was counted over all rounds, and what was not as promised. Plain data, so that a proof that was cut short goes on. */

/** Counts by name. */
export type Counts = Record<string, number>;

/** What a proof has come to so far. */
export interface Tally {
  /** Kills that struck a living process, by victim. */
  readonly kills: Counts;
  /** Acknowledged lines that were compared with what is on record, by victim. */
  readonly acknowledged: Counts;
  /** Everything else that was counted. */
  readonly counts: Counts;
  /** Sentences, each with where it was seen. */
  readonly problems: string[];
}

/** Nothing so far. */
export function emptyTally(): Tally {
  return { kills: {}, acknowledged: {}, counts: {}, problems: [] };
}

/** Adds to one of the counts. */
export function count(counts: Counts, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

/** The sum of all counts. */
export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
