/** Open-loop schedules: when each request is due, fixed before the first is sent, whatever the answers do. */

import { InvalidInputError } from "../core/text/errors.ts";
import { formatDurationMs } from "../core/text/units.ts";

/** The shapes that a schedule may have. */
export const PATTERNS = ["steady", "ramp", "burst", "boundary", "spike", "hot-key"] as const;

/** Name of a shape. */
type Pattern = (typeof PATTERNS)[number];

/** Everything that a schedule follows from. */
export interface ScheduleOptions {
  /**
   * `steady` and `hot-key` keep the rate; `ramp` climbs to it from nothing; `burst` multiplies it again and again;
   * `spike` does so once, halfway; `boundary` is silent, bursts across the end of a window, goes on at the rate through
   * the next window, and begins again.
   */
  readonly pattern: Pattern;
  readonly ratePerSecond: number;
  /** Milliseconds from the first to the last arrival. */
  readonly forMs: number;
  /** Epoch milliseconds of the start: windows are thought to end at whole multiples of their length since the epoch. */
  readonly startMs: number;
  /** By how much a burst multiplies the rate. */
  readonly factor: number;
  /** Milliseconds from one burst to the next. */
  readonly everyMs: number;
  /** Milliseconds that a burst lasts. */
  readonly burstMs: number;
  /** Milliseconds of the windows whose boundaries are aimed at. */
  readonly windowMs: number;
}

/** A stretch of the schedule, through which the rate changes evenly. */
interface Stretch {
  /** Milliseconds since the start. */
  readonly endMs: number;
  /** Arrivals per millisecond when it begins. */
  readonly from: number;
  /** Arrivals per millisecond when it ends. */
  readonly to: number;
}

/**
 * Yields the time of each arrival in milliseconds since the start, in order; evenly spaced while the rate is even.
 * @throws {InvalidInputError} If the bursts of the pattern do not fit.
 */
export function arrivalTimes(options: ScheduleOptions): Iterable<number> {
  return spread(limited(stretchesOf(options), options.forMs));
}

function stretchesOf(options: ScheduleOptions): Iterable<Stretch> {
  const rate = options.ratePerSecond / 1000;
  const peak = rate * options.factor;
  const { forMs, burstMs, everyMs, windowMs } = options;
  switch (options.pattern) {
    case "steady":
    case "hot-key":
      return [even(forMs, rate)];
    case "ramp":
      return [{ endMs: forMs, from: 0, to: rate }];
    case "spike":
      requireRoom("a spike", burstMs, { of: "a run", roomMs: forMs });
      return [even((forMs - burstMs) / 2, rate), even((forMs + burstMs) / 2, peak), even(forMs, rate)];
    case "burst":
      requireRoom("bursts", burstMs, { of: "rounds", roomMs: everyMs });
      return repeated(everyMs, (atMs) => [even(atMs + everyMs - burstMs, rate), even(atMs + everyMs, peak)]);
    case "boundary":
      requireRoom("bursts", burstMs, { of: "windows", roomMs: windowMs });
      requireRoom("two windows", 2 * windowMs, { of: "a run", roomMs: forMs });
      return acrossBoundaries(options);
  }
}

/**
 * One round lasts two windows. The silence leaves each key its whole quota, the burst takes one quota just before the
 * boundary and, of a limiter that counts by the calendar, another just after it; one that weighs the last window by its
 * overlap gives the second quota out bit by bit, which is why the traffic goes on.
 */
function acrossBoundaries(options: ScheduleOptions): Iterable<Stretch> {
  const { windowMs, burstMs, startMs } = options;
  const rate = options.ratePerSecond / 1000;
  const half = burstMs / 2;
  const firstBoundaryMs = windowMs - (startMs % windowMs);
  return repeated(2 * windowMs, (roundMs) => {
    const boundaryMs = roundMs + firstBoundaryMs;
    return [
      even(boundaryMs - half, 0),
      even(boundaryMs + half, rate * options.factor),
      even(boundaryMs + windowMs, rate),
    ];
  });
}

function requireRoom(what: string, lengthMs: number, { of, roomMs }: { of: string; roomMs: number }): void {
  if (lengthMs > 0 && lengthMs <= roomMs) return;
  const [length, room] = [formatDurationMs(lengthMs), formatDurationMs(roomMs)];
  throw new InvalidInputError(`Cannot place ${what} of ${length} in ${of} of ${room}, expected a length that fits`);
}

function even(endMs: number, rate: number): Stretch {
  return { endMs, from: rate, to: rate };
}

function* repeated(roundMs: number, round: (atMs: number) => readonly Stretch[]): Generator<Stretch> {
  for (let atMs = 0; ; atMs += roundMs) yield* round(atMs);
}

/** Cuts the schedule off at its end, and leaves out what ends before it has begun. */
function* limited(stretches: Iterable<Stretch>, forMs: number): Generator<Stretch> {
  let reachedMs = 0;
  for (const stretch of stretches) {
    if (stretch.endMs > reachedMs) yield { ...stretch, endMs: Math.min(stretch.endMs, forMs) };
    reachedMs = Math.max(reachedMs, stretch.endMs);
    if (reachedMs >= forMs) return;
  }
}

/** Places arrival number `n` where the integral of the rate reaches `n`. */
function* spread(stretches: Iterable<Stretch>): Generator<number> {
  let startMs = 0;
  let missing = 0;
  for (const { endMs, from, to } of stretches) {
    const lengthMs = endMs - startMs;
    const arrivals = ((from + to) / 2) * lengthMs;
    const slope = (to - from) / lengthMs;
    while (missing < arrivals) {
      yield startMs + timeUntil(missing, from, slope);
      missing += 1;
    }
    missing -= arrivals;
    startMs = endMs;
  }
}

/** Solves `from·t + slope·t²/2 = count` for `t`, in the form that stays exact for small slopes. */
function timeUntil(count: number, from: number, slope: number): number {
  return count === 0 ? 0 : (2 * count) / (from + Math.sqrt(from * from + 2 * slope * count));
}
