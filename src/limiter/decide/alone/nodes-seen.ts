/** The largest number of nodes seen in the register recently, by one node. */

/** One reading of the register. */
interface Reading {
  /** Milliseconds of connected time for which a reading counts. */
  readonly atMs: number;
  readonly ids: readonly number[];
}

/** Maximum of readings kept; beyond it, the larger of the two oldest replaces both. */
const MAX_READINGS = 64;
/** Maximum of heartbeats counted between two readings: a stopped process does not see nodes leave. */
const LONGEST_GAP_HEARTBEATS = 2;

/** Readings of the register. They age only while connected: a node that is cut off or stopped keeps what it knows. */
export class NodesSeen {
  readonly #heartbeatMs: number;
  /** Times rise, numbers of nodes fall: an earlier reading is dropped when a later one has as many nodes. */
  readonly #readings: Reading[] = [];
  /** Milliseconds of connected time that count, and their value at the last reading. */
  #ageMs = 0;
  #lastMs: number | undefined;
  /** Connected time at which the node joined the register. */
  #joinedMs: number | undefined;

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  /** Stores the numbers of the registered nodes, this one included, at a total connected time in milliseconds. */
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

  /** Notes that the node has left the register and must wait again. */
  leave(): void {
    this.#joinedMs = undefined;
  }

  /** Whether the node has been in the register for that many heartbeats. */
  hasStoodFor(heartbeats: number): boolean {
    return this.#joinedMs !== undefined && this.#ageMs - this.#joinedMs >= heartbeats * this.#heartbeatMs;
  }

  /** The largest reading within that much connected time; the last reading never ages. */
  most(withinMs: number): readonly number[] {
    return this.#readings.find(({ atMs }) => atMs + withinMs >= this.#ageMs)?.ids ?? [];
  }
}
