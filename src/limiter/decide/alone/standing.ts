/** What a node knows of the other nodes. From this follows its share of a limit, or none, while it decides alone. */

import type { CheckRequest, Withheld } from "../decision.ts";
import { NodesSeen } from "./nodes-seen.ts";
import { type Place, shareOf } from "./share.ts";

/** The units that a node may admit alone in one window, or why it admits none. */
export type Share = number | Exclude<Withheld, "share">;

/** Gives a node its share of a limit. */
export interface Shares {
  /**
   * The share at that monotonic time.
   * @param isUnmet Whether the Redis of the key has not answered since the node started.
   */
  shareOf(request: CheckRequest, nowMs: number, isUnmet?: boolean): Share;
  /** Milliseconds until a node that just started may use its share. */
  startsInMs(request: CheckRequest, nowMs: number): number;
}

/** The share of an only node: the whole limit. */
export const WHOLE: Shares = { shareOf: ({ limit }) => limit, startsInMs: () => 0 };

/** How a node determines its share. */
export interface StandingOptions {
  /** Number of this node. */
  readonly id: number;
  /** Numbers of the nodes that should be there; empty where no list is configured. */
  readonly list: readonly number[];
  readonly heartbeatMs: number;
  /** Multiple of its part of the limit that each node uses. */
  readonly overlap: number;
  /** Monotonic milliseconds. */
  readonly startedMs: number;
}

/** A reading of the register, and what determines for how long it counts. */
export interface RegisterReading {
  /** Numbers of the nodes registered. */
  readonly ids: readonly number[];
  /** Milliseconds for which Redis has decided the checks of this node, all in all. */
  readonly connectedMs: number;
  /** Milliseconds of the longest window in use. */
  readonly longestWindowMs: number;
}

/** Heartbeats after which every other node that runs has registered, too. */
const STANDS_AFTER_HEARTBEATS = 2;
/** Minimum of heartbeats for which a reading counts. */
const COUNTS_FOR_HEARTBEATS = 3;

/** The place of one node among all. */
export class Standing implements Shares {
  /** Whether Redis did not answer when the node started. */
  startedAlone = false;
  readonly #options: StandingOptions;
  readonly #seen: NodesSeen;
  #longestWindowMs = 0;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.#seen = new NodesSeen(options.heartbeatMs);
  }

  /** Stores a reading of the register. */
  note({ ids, longestWindowMs, connectedMs }: RegisterReading): void {
    this.#longestWindowMs = longestWindowMs;
    this.#seen.note(ids, connectedMs);
  }

  /** Notes that the node has left the register. */
  leave(): void {
    this.#seen.leave();
  }

  /** Number of nodes among which a limit is shared; `undefined` while the node does not know it. */
  knownNodes(): number | undefined {
    const hasStood = this.#options.list.length > 0 || this.#seen.hasStoodFor(STANDS_AFTER_HEARTBEATS);
    return hasStood ? this.#place(0).nodes : undefined;
  }

  shareOf({ key, limit, windowMs }: CheckRequest, nowMs: number, isUnmet = false): Share {
    const { startedMs, overlap } = this.#options;
    if (this.knownNodes() === undefined) return "no-register";
    if ((this.startedAlone || isUnmet) && nowMs - startedMs < windowMs) return "just-started";
    return shareOf({ key, limit }, this.#place(windowMs), overlap);
  }

  startsInMs({ windowMs }: CheckRequest, nowMs: number): number {
    return this.#options.startedMs + windowMs - nowMs;
  }

  #place(windowMs: number): Place {
    const { id, list, heartbeatMs } = this.#options;
    const withinMs = Math.max(this.#longestWindowMs, windowMs, COUNTS_FOR_HEARTBEATS * heartbeatMs);
    const seen = this.#seen.most(withinMs);
    const known = seen.length > list.length ? seen : list;
    const before = known.filter((other) => other < id).length;
    return { nodes: known.length + (known.includes(id) ? 0 : 1), position: before };
  }
}
