/**
 * The one model from which all metrics of a store follow: what is asked of it goes through stations with a rate each, and a
 * write also waits for a majority of its region's stores. A fault changes a cause here; nothing sets a metric.
 */

import { pass, type Station, station } from "./server-queue.ts";

/** What may be wrong with a store's machine. */
export interface Causes {
  /** Seconds that one append to the disk takes when nothing waits. */
  appendSeconds: number;
  /** Bytes per second that compaction gets done. */
  compactionBytesPerSecond: number;
  /** Bytes of the disk that others have taken. */
  foreignBytes: number;
  clockOffsetMs: number;
  /** How much longer everything takes that needs a processor: 1 where the store has it to itself. */
  cpuFactor: number;
  version: string;
}

/** What is asked of a store, per second. */
export interface Demand {
  readonly reads: number;
  /** Writes to regions that it leads. */
  readonly writes: number;
  /** Appends for regions that others lead. */
  readonly followed: number;
  readonly writtenBytes: number;
}

/** A disk of 100 GiB, of which 20 are used. */
const CAPACITY_BYTES = 100 * 1024 ** 3;
const USED_BYTES = 20 * 1024 ** 3;

/** Appends that one sync to the disk takes together: group commit. */
const GROUP = 8;

/** Bytes that wait for compaction from which flow control holds writers back, and from which it refuses: as small as the workload. */
const SOFT_BYTES = 2 * 1024 ** 2;
const HARD_BYTES = 8 * 1024 ** 2;
/** What is written is written again so many times by compaction. */
const AMPLIFICATION = 10;

/** Milliseconds of an append from which TiKV's inspector counts it as late (`inspect-interval`). */
const LATE_SECONDS = 0.1;

/** Seconds in which a score of 1 becomes 100 while every append is late, and in which it falls back. */
const SCORE_RISES_SECONDS = 15;
const SCORE_FALLS_SECONDS = 60;

/** Share of what a lagging follower is behind that it catches up per second. */
const CATCH_UP = 0.5;

/** A store's stations, disk and debts. */
export class Physics {
  readonly causes: Causes;
  readonly grpc: Station = station(5, 40e-6);
  readonly scheduler: Station = station(4, 100e-6);
  readonly raftstore: Station = station(2, 80e-6);
  readonly apply: Station = station(2, 100e-6);
  readonly read: Station = station(4, 150e-6);
  readonly disk: Station = station(1, 1e-3);
  /** Bytes that wait for compaction. */
  debtBytes = 0;
  /** Bytes that the workload has written since the start. */
  writtenBytes = 0;
  /** Share of writes that flow control holds back or refuses, from 0 to 1. */
  throttledRatio = 0;
  discardedRatio = 0;
  slowScore = 1;
  /** Requests per second that are refused because something is too busy. */
  refusedPerSecond = 0;

  /** Those that need a processor, with what one piece takes on an idle machine. */
  readonly #stations: readonly (readonly [Station, number])[];

  constructor(causes: Causes) {
    this.causes = causes;
    const all = [this.grpc, this.scheduler, this.raftstore, this.apply, this.read];
    this.#stations = all.map((at) => [at, at.serviceSeconds]);
  }

  /** Lets time pass. */
  step(demand: Demand, seconds: number): void {
    const { causes } = this;
    const { reads, writes, followed, writtenBytes } = demand;
    const appends = writes + followed;
    this.disk.serviceSeconds = causes.appendSeconds;
    for (const [at, serviceSeconds] of this.#stations) at.serviceSeconds = serviceSeconds * causes.cpuFactor;
    const refused = [
      pass(this.grpc, reads + writes, seconds),
      pass(this.scheduler, writes, seconds),
      pass(this.raftstore, appends, seconds),
      pass(this.apply, appends, seconds),
      pass(this.read, reads, seconds),
      pass(this.disk, appends / GROUP, seconds),
    ];
    this.#compact(writtenBytes, seconds);
    this.#score(seconds);
    this.refusedPerSecond = refused.reduce((a, b) => a + b, 0) + this.discardedRatio * writes;
    this.writtenBytes += writtenBytes * seconds;
  }

  get capacityBytes(): number {
    return CAPACITY_BYTES;
  }

  get usedBytes(): number {
    return USED_BYTES + this.writtenBytes;
  }

  get availableBytes(): number {
    return Math.max(0, CAPACITY_BYTES - this.usedBytes - this.causes.foreignBytes);
  }

  get isFull(): boolean {
    return this.availableBytes < 64 * 1024 ** 2;
  }

  /** Whether a part says that it is busy. */
  get busy(): readonly string[] {
    return [
      ...(this.raftstore.backlog > 0 || this.disk.backlog > 0 ? ["raftstore_busy"] : []),
      ...(this.apply.backlog > 0 ? ["applystore_busy"] : []),
    ];
  }

  /** Seconds until an append is on this store's disk. */
  get appendSeconds(): number {
    return this.disk.latencySeconds;
  }

  /** Files at level 0, of 8 MiB each as it were. */
  get level0Files(): number {
    return Math.floor(this.debtBytes / (8 * 1024 ** 2));
  }

  #compact(writtenBytes: number, seconds: number): void {
    const { compactionBytesPerSecond } = this.causes;
    this.debtBytes = Math.max(0, this.debtBytes + (writtenBytes * AMPLIFICATION - compactionBytesPerSecond) * seconds);
    this.throttledRatio = ratioBetween(this.debtBytes, SOFT_BYTES, HARD_BYTES);
    this.discardedRatio = ratioBetween(this.debtBytes, HARD_BYTES, 2 * HARD_BYTES);
  }

  /** Rises while appends are late, and falls while they are not. */
  #score(seconds: number): void {
    const isLate = this.appendSeconds > LATE_SECONDS;
    const factor = isLate ? 100 ** (seconds / SCORE_RISES_SECONDS) : 100 ** (-seconds / SCORE_FALLS_SECONDS);
    this.slowScore = Math.min(100, Math.max(1, this.slowScore * factor));
  }
}

/** What a follower that lacks some entries lacks a moment later. */
export function lagAfter(behind: number, seconds: number): number {
  return behind * Math.exp(-CATCH_UP * seconds);
}

function ratioBetween(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}
