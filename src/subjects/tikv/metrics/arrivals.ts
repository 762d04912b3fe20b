/** What still arrives at a store from those that it has lost, by its own counts: over a slow way messages come late, over a cut one none do. */

import type { LateAnswers } from "../../../core/system/picture.ts";

/** What one store has received, and which others it has lost since when. Remembered from reading to reading. */
export interface Arrivals {
  /** Messages that have arrived, all in all. */
  readonly received: number;
  /** Epoch milliseconds of the reading that first showed them. */
  readonly receivedAtMs: number;
  /** By the id of each store that messages do not reach. */
  readonly lost: Readonly<Record<string, Loss>>;
}

interface Loss {
  /** Epoch milliseconds of the reading that first showed it. */
  readonly sinceMs: number;
  /** Messages that did not arrive, all in all, and the reading that first showed them. */
  readonly count: number;
  readonly countedAtMs: number;
  /** Of the first reading that showed a message that had not passed the way before the loss; absent where none has. */
  readonly passedAtMs?: number;
}

/** The figures of one store that count. */
interface Counted {
  readonly receivedMessages?: number;
  readonly unreachablePerSecond: Readonly<Record<string, number>>;
  readonly unreachableMessages: Readonly<Record<string, number>>;
}

/** Milliseconds after a loss was seen from which on a message was read that has passed since: over a cut none has. */
const LATER_MS = 1000;
/** Milliseconds for which others go on to be lost after that: a way that serves again loses none any more. */
const STILL_LOST_MS = 2000;
/** Milliseconds without a message after which none is on its way: every store sends some each second or two. */
const NOTHING_AFTER_MS = 5000;

/** What a reading adds to what is remembered; `undefined` where the store does not count what arrives. */
export function arrivalsOf(
  { receivedMessages: received, unreachablePerSecond, unreachableMessages }: Counted,
  { previous, atMs }: { readonly previous: Arrivals | undefined; readonly atMs: number },
): Arrivals | undefined {
  if (received === undefined) return undefined;
  const receivedAtMs = previous?.received === received ? previous.receivedAtMs : atMs;
  const lossOf = (id: string): Loss => {
    const before = previous?.lost[id];
    const count = unreachableMessages[id] ?? 0;
    const sinceMs = before?.sinceMs ?? atMs;
    const passed = receivedAtMs >= sinceMs + LATER_MS ? receivedAtMs : undefined;
    const passedAtMs = before?.passedAtMs ?? passed;
    const countedAtMs = before?.count === count ? before.countedAtMs : atMs;
    return { sinceMs, count, countedAtMs, ...(passedAtMs !== undefined && { passedAtMs }) };
  };
  const ids = Object.keys(unreachablePerSecond);
  return { received, receivedAtMs, lost: Object.fromEntries(ids.map((id) => [id, lossOf(id)])) };
}

/**
 * What comes back over the ways of a store that has lost all others; `undefined` where it has not, since a count does not say
 * from whom, or where it is too early to tell. Messages are late where others go on to be lost after they have come.
 */
export function lateAnswersOf(
  { receivedAtMs, lost }: Arrivals,
  { others, atMs, windowMs }: { readonly others: readonly string[]; readonly atMs: number; readonly windowMs: number },
): LateAnswers | undefined {
  const losses = others.flatMap((id) => lost[id] ?? []);
  if (losses.length === 0 || losses.length < others.length) return undefined;
  const arePassing = losses.every(
    ({ passedAtMs, countedAtMs }) => passedAtMs !== undefined && countedAtMs >= passedAtMs + STILL_LOST_MS,
  );
  if (arePassing && atMs - receivedAtMs < windowMs) return "late";
  // That others go on to be lost shows that the counts were read again since.
  const countedMs = Math.min(...losses.map(({ countedAtMs }) => countedAtMs));
  const sinceMs = Math.max(receivedAtMs, ...losses.map((loss) => loss.sinceMs));
  return countedMs - receivedAtMs >= NOTHING_AFTER_MS || atMs - sinceMs >= windowMs ? "none" : undefined;
}
