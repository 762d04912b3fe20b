/** One queueing station of a store: some workers, each of which takes a while for one piece of work. */

/** A station, and what waits at it. */
export interface Station {
  readonly workers: number;
  /** Seconds that one piece takes when nothing waits. */
  serviceSeconds: number;
  /** Pieces that have come and cannot be done yet. */
  backlog: number;
  /** Share of the workers' time that is used, from 0 to 1. */
  utilisation: number;
  /** Seconds from coming to done, at present. */
  latencySeconds: number;
}

/** A station without work. */
export function station(workers: number, serviceSeconds: number): Station {
  return { workers, serviceSeconds, backlog: 0, utilisation: 0, latencySeconds: serviceSeconds };
}

/** Of a station that is never idle its latency follows from the backlog; below that it is the waiting time of M/M/c, approximately. */
const NEARLY_FULL = 0.98;

/** Pieces that wait at most: what comes then is refused. */
const MOST_WAITING = 200_000;

/** Lets time pass while work comes at a rate; answers how many pieces per second were refused. */
export function pass(at: Station, arrivalsPerSecond: number, seconds: number): number {
  const capacity = at.workers / Math.max(1e-9, at.serviceSeconds);
  const offered = arrivalsPerSecond / capacity;
  const left = at.backlog + (arrivalsPerSecond - capacity) * seconds;
  const kept = Math.min(Math.max(0, left), MOST_WAITING);
  const refused = Math.max(0, left - MOST_WAITING) / seconds;
  at.backlog = kept;
  at.utilisation = kept > 0 ? 1 : Math.min(1, offered);
  const share = Math.min(offered, NEARLY_FULL);
  const waiting = (share ** at.workers / (1 - share)) * (at.serviceSeconds / at.workers);
  at.latencySeconds = at.serviceSeconds + waiting + kept / capacity;
  return refused;
}
