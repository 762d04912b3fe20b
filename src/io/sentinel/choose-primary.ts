/** Chooses among the answers of several Sentinels, which may disagree during a failover, or after one was cut off. */

import type { HostPort } from "../system/tcp.ts";

/** The answer of one Sentinel about the primary. */
export interface SentinelAnswer {
  readonly primary: HostPort;
  /** Rises with each failover. */
  readonly epoch: number;
  /** Whether the address of the Sentinel was configured, not learned from another Sentinel. */
  readonly isListed: boolean;
}

/** A primary and the epoch of its promotion. */
export type KnownPrimary = Pick<SentinelAnswer, "primary" | "epoch">;

/**
 * The primary of the newest epoch; among several the known one, or else the one named by most. An epoch older than the
 * known one counts only if more than half of the configured Sentinels report it, as after all of them were set up
 * again.
 */
export function choosePrimary(
  answers: readonly SentinelAnswer[],
  { known, listed }: { readonly known: KnownPrimary | undefined; readonly listed: number },
): KnownPrimary | undefined {
  const epoch = Math.max(...answers.map((answer) => answer.epoch));
  const newest = answers.filter((answer) => answer.epoch === epoch);
  const votes = ({ primary }: SentinelAnswer): number => newest.filter((one) => isSame(one.primary, primary)).length;
  const [most] = newest.toSorted((one, other) => votes(other) - votes(one));
  if (!most) return known;
  const ownNewest = newest.filter(({ isListed }) => isListed);
  if (known && epoch < known.epoch && !isAgreed(ownNewest, listed)) return known;
  const chosen = newest.find(({ primary }) => known && isSame(primary, known.primary)) ?? most;
  return { primary: chosen.primary, epoch };
}

/** Whether more than half of that many Sentinels agree. */
export function isAgreed(answers: readonly SentinelAnswer[], of: number): boolean {
  return answers.some(({ primary, epoch }) => {
    const same = answers.filter((one) => one.epoch === epoch && isSame(one.primary, primary));
    return same.length > of / 2;
  });
}

/** Whether two addresses are the same. */
export function isSame(one: HostPort | undefined, other: HostPort | undefined): boolean {
  return one?.host === other?.host && one?.port === other?.port;
}
