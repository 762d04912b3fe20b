/** One direction of one connection over a link: passes bytes on in order, at once, delayed or throttled. */

import type { Socket } from "bun";

/** How one direction of a link is impaired; its connections share the bandwidth. */
export interface Shape {
  /** Milliseconds. */
  delayMs: number;
  bytesPerSecond: number;
  /** Monotonic time at which bandwidth is available again. */
  freeAtMs: number;
}

type Source = Pick<Socket, "pause" | "resume">;
type Sink = Pick<Socket, "write" | "end">;

interface Piece {
  readonly bytes: Uint8Array;
  /** Monotonic time of its arrival. */
  readonly dueMs: number;
}

/** Maximum bytes queued before the source is paused. */
const MAX_WAITING_BYTES = 1 << 20;
/** A throttled link delivers this many times a second. */
const DELIVERIES_PER_SECOND = 50;
const MIN_PIECE_BYTES = 64;

/** An unimpaired link. */
export function freeShape(): Shape {
  return { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, freeAtMs: 0 };
}

/** The bytes under way from one socket to another. */
export class DelayPipe {
  readonly #shape: Shape;
  #source: Source | undefined;
  #sink: Sink | undefined;
  #waiting: Piece[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #paused = false;
  #ended = false;
  #stalled = false;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Where the bytes come from, to be paused when too many wait. */
  from(source: Source): void {
    this.#source = source;
  }

  /** Where they go; until then they wait. */
  to(sink: Sink): void {
    this.#sink = sink;
    this.flush();
  }

  push(bytes: Uint8Array): void {
    if (this.#stalled) return;
    for (const piece of this.#cut(bytes)) this.#enqueue(piece);
    this.flush();
  }

  /** Ends the sink once everything has arrived. */
  end(): void {
    this.#ended = true;
    this.flush();
  }

  /** Stops delivery permanently: queued bytes are lost. */
  stall(): void {
    this.#stalled = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  /** Delivers at once what an impairment delayed. */
  release(): void {
    this.#waiting = this.#waiting.map(({ bytes }) => ({ bytes, dueMs: 0 }));
    this.flush();
  }

  /** Delivers what is due and what the sink takes. */
  flush(): void {
    if (this.#stalled || !this.#sink) return;
    clearTimeout(this.#timer);
    for (let piece = this.#waiting[0]; piece; piece = this.#waiting[0]) {
      const waitMs = piece.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), waitMs);
        return;
      }
      const written = Math.max(0, this.#sink.write(piece.bytes));
      this.#waitingBytes -= written;
      if (written < piece.bytes.length) {
        this.#waiting[0] = { ...piece, bytes: piece.bytes.subarray(written) };
        return; // the sink says when it takes more
      }
      this.#waiting.shift();
    }
    this.#pause(false);
    if (this.#ended) this.#sink.end();
  }

  #enqueue(piece: Piece): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#pause(true);
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#source?.pause();
    else this.#source?.resume();
  }

  #cut(bytes: Uint8Array): readonly Piece[] {
    const { delayMs, bytesPerSecond } = this.#shape;
    const now = performance.now();
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return [{ bytes, dueMs: delayMs && now + delayMs }];
    const length = Math.max(MIN_PIECE_BYTES, Math.floor(bytesPerSecond / DELIVERIES_PER_SECOND));
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; at += length) {
      const part = bytes.subarray(at, at + length);
      this.#shape.freeAtMs = Math.max(now, this.#shape.freeAtMs) + (part.length / bytesPerSecond) * 1000;
      pieces.push({ bytes: part, dueMs: this.#shape.freeAtMs + delayMs });
    }
    return pieces;
  }
}
