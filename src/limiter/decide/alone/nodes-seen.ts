/** The most nodes that the register has had lately, as one node has read it. */

/** One reading of the register. */
interface Reading {
  /** Milliseconds of time connected that count. */
  readonly atMs: number;
  readonly ids: readonly number[];
}

/** Readings remembered at once; beyond it the larger of the two oldest stands for both. */
const MAX_READINGS = 64;
/** Heartbeats that the time between two readings counts for at most: a stopped process sees no one leave. */
const LONGEST_GAP_HEARTBEATS = 2;

/** Readings of the register. They age by time connected alone: a node that is cut off or stopped goes on with what it knows. */
export class NodesSeen {
  readonly #heartbeatMs: number;
  /** Times rise, numbers of nodes fall: a later reading of as many makes an earlier one needless. */
  readonly #readings: Reading[] = [];
  /** Milliseconds of time connected that count, and those at the last reading. */
  #ageMs = 0;
  #lastMs: number | undefined;
  /** Milliseconds that count at which the node joined the register. */
  #joinedMs: number | undefined;

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  /** Takes note of the numbers of the nodes registered, this one included, after so many milliseconds connected in all. */
  note(ids: readonly number[], connectedMs: number): void {
    const longestMs = this.#heartbeatMs * LONGEST_GAP_HEARTBEATS;
    this.#ageMs += Math.ceil(Math.min(connectedMs - (this.#lastMs ?? connectedMs), longestMs));
    this.#lastMs = connectedMs;
    this.#joinedMs ??= this.#ageMs;
    while ((this.#readings.at(-1)?.ids.length ?? Number.POSITIVE_INFINITY) <= ids.length) this.#readings.pop();
    this.#readings.push({ atMs: this.#ageMs, ids });
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
    return this.#joinedMs !== undefined && this.#ageMs - this.#joinedMs >= heartbeats * this.#heartbeatMs;
  }

  /** The largest reading within that much time connected; the last one never ages. */
  most(withinMs: number): readonly number[] {
    return this.#readings.find(({ atMs }) => atMs + withinMs >= this.#ageMs)?.ids ?? [];
  }
}
