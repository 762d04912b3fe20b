/** What is asked of a store: each read and write takes as long as the model says, and is counted by region. */

import type { Demand, Physics } from "./physics.ts";
import type { Replicas } from "./replicas.ts";

/** What was asked of one region since it was last reported. */
export interface RegionTraffic {
  reads: number;
  writes: number;
}

/** Bytes of one value. */
export const VALUE_BYTES = 1024;

/** Milliseconds over which rates are smoothed. */
const SMOOTHED_SECONDS = 1.5;

/** Counts and rates. */
export class Traffic {
  readonly #byRegion = new Map<number, RegionTraffic>();
  #reads = 0;
  #writes = 0;
  #readsPerSecond = 0;
  #writesPerSecond = 0;
  readonly #ratesByRegion = new Map<number, number>();
  readonly #sinceStep = new Map<number, number>();

  /** Counts one request. */
  note(regionId: number, kind: "read" | "write"): void {
    const traffic = this.#byRegion.get(regionId) ?? { reads: 0, writes: 0 };
    this.#byRegion.set(regionId, traffic);
    if (kind === "read") {
      this.#reads += 1;
      traffic.reads += 1;
    } else {
      this.#writes += 1;
      traffic.writes += 1;
      this.#sinceStep.set(regionId, (this.#sinceStep.get(regionId) ?? 0) + 1);
    }
  }

  /** What was asked of a region since it was last taken. */
  take(regionId: number): RegionTraffic {
    const traffic = this.#byRegion.get(regionId) ?? { reads: 0, writes: 0 };
    this.#byRegion.delete(regionId);
    return traffic;
  }

  get readsPerSecond(): number {
    return this.#readsPerSecond;
  }

  get writesPerSecond(): number {
    return this.#writesPerSecond;
  }

  /** Lets time pass, and answers what is asked of the store per second. */
  step(replicas: Replicas, seconds: number): Demand {
    const weight = 1 - Math.exp(-seconds / SMOOTHED_SECONDS);
    const smooth = (before: number, now: number): number => before + (now - before) * weight;
    this.#readsPerSecond = smooth(this.#readsPerSecond, this.#reads / seconds);
    this.#writesPerSecond = smooth(this.#writesPerSecond, this.#writes / seconds);
    this.#reads = 0;
    this.#writes = 0;
    let followed = 0;
    for (const replica of replicas.all()) {
      const { id } = replica.meta;
      const count = this.#sinceStep.get(id) ?? 0;
      if (!replica.leads) followed += replica.writesPerSecond;
      else {
        const rate = smooth(this.#ratesByRegion.get(id) ?? 0, count / seconds);
        this.#ratesByRegion.set(id, rate);
        replica.writesPerSecond = rate;
        replica.index += count;
      }
    }
    this.#sinceStep.clear();
    const writes = this.#writesPerSecond;
    return { reads: this.#readsPerSecond, writes, followed, writtenBytes: (writes + followed) * VALUE_BYTES };
  }
}

/** How long one read takes in the store. */
export function readSeconds({ grpc, read }: Physics): number {
  return grpc.latencySeconds + read.latencySeconds;
}

/** How long other stores take to have a write on their disk: the way there and back, and their own append. */
export interface Follower {
  readonly storeId: number;
  readonly roundTripSeconds: number;
  readonly appendSeconds: number;
}

/** Seconds until a majority has a write; infinite where none can. */
export function commitSeconds(replicaCount: number, followers: readonly Follower[], ownAppendSeconds: number): number {
  const needed = Math.floor(replicaCount / 2);
  const waits = followers
    .map(({ roundTripSeconds, appendSeconds }) => roundTripSeconds + appendSeconds)
    .toSorted((a, b) => a - b);
  const slowest = needed === 0 ? 0 : (waits[needed - 1] ?? Number.POSITIVE_INFINITY);
  return Math.max(ownAppendSeconds, slowest);
}
