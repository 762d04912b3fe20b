/** The most nodes that the register has had lately, as one node has read it. */

/** One reading of the register. */
interface Reading {
  /** Milliseconds of time connected. */
  readonly atMs: number;
  readonly ids: readonly number[];
}

/** How the register was read. */
export interface ReadingOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Whether Redis decides the checks of this node. */
  readonly connected: boolean;
}

/** Readings remembered at once; beyond it the larger of the two oldest stands for both. */
const MAX_READINGS = 64;
/** Heartbeats that a gap between two readings counts for at most: a stopped process sees no one leave. */
const LONGEST_GAP_HEARTBEATS = 2;

/**
 * Readings of the register. They age only by the time between two of them while the node is connected: a node that is
 * cut off or stopped goes on with what it knows.
 */
export class NodesSeen {
  readonly #heartbeatMs: number;
  /** Times rise, numbers of nodes fall: a later reading of as many makes an earlier one needless. */
  readonly #readings: Reading[] = [];
  #connectedMs = 0;
  #lastMs: number | undefined;
  /** Milliseconds of time connected at which the node joined the register. */
  #joinedMs: number | undefined;

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  /** Takes note of the numbers of the nodes registered, this one included. */
  note(ids: readonly number[], { nowMs, connected }: ReadingOptions): void {
    const longestMs = this.#heartbeatMs * LONGEST_GAP_HEARTBEATS;
    if (connected) this.#connectedMs += Math.ceil(Math.min(nowMs - (this.#lastMs ?? nowMs), longestMs));
    this.#lastMs = nowMs;
    this.#joinedMs ??= this.#connectedMs;
    while ((this.#readings.at(-1)?.ids.length ?? Number.POSITIVE_INFINITY) <= ids.length) this.#readings.pop();
    this.#readings.push({ atMs: this.#connectedMs, ids });
    if (this.#readings.length <= MAX_READINGS) return;
    const [oldest, next] = this.#readings.splice(0, 2);
    if (oldest && next) this.#readings.unshift({ atMs: next.atMs, ids: oldest.ids });
  }

  /** The node has left the register: it has to stand in it again. */
  leave(): void {
    this.#joinedMs = undefined;
  }

  /** Whether the node has stood in the register for so many heartbeats. */
  hasStoodFor(heartbeats: number): boolean {
    return this.#joinedMs !== undefined && this.#connectedMs - this.#joinedMs >= heartbeats * this.#heartbeatMs;
  }

  /** The largest reading within that much time connected; the last one never ages. */
  most(withinMs: number): readonly number[] {
    return this.#readings.find(({ atMs }) => atMs + withinMs >= this.#connectedMs)?.ids ?? [];
  }
}
