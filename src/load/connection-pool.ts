/** All connections to one target. Orders that find none free wait in line; the line is bounded, and so is the wait. */

import type { Answer } from "../core/subject/workload.ts";
import type { Clock } from "../core/system/clock.ts";
import type { ParsedAnswer } from "./answer-parser.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Failure, Order } from "./order.ts";
import type { Target } from "./target.ts";
import { WaitingLine } from "./waiting-line.ts";

/** How a pool is bounded, and whom it tells. */
export interface PoolOptions {
  /** Connections at most; each is opened when it is first needed. */
  readonly connections: number;
  /** Orders that may wait for a connection. */
  readonly maxWaiting: number;
  /** Milliseconds from when an order was due until it has failed. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly onAnswer: (order: Order, answer: Answer) => void;
  readonly onFailure: (order: Order, failure: Failure) => void;
}

/** Milliseconds after a refused connection in which no other is tried and every order fails at once. */
export const RETRY_AFTER_MS = 100;

/** Sends orders to one target, each exactly once: what may have arrived is never sent again. */
export class ConnectionPool implements ConnectionOwner, Disposable {
  readonly clock: Pick<Clock, "monotonic">;
  readonly #target: Target;
  readonly #options: PoolOptions;
  readonly #all = new Set<Connection>();
  /** The last one used comes first, so that a low rate leaves most connections unopened. */
  readonly #free: Connection[] = [];
  readonly #waiting: WaitingLine<Order>;
  #refusedUntilMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(target: Target, options: PoolOptions) {
    this.#target = target;
    this.#options = options;
    this.clock = options.clock;
    this.#waiting = new WaitingLine(options.maxWaiting);
  }

  /** Sends an order, now or when a connection is free. */
  send(order: Order): void {
    const free = this.#free.pop();
    if (free) return free.send(order);
    if (this.#all.size === 0 && this.clock.monotonic() < this.#refusedUntilMs) return this.#fail(order, "unreachable");
    if (!this.#waiting.push(order)) return this.#fail(order, "overflow");
    this.#connect();
  }

  /** Fails every order that was due longer ago than the time-out. */
  expire(nowMs: number): void {
    const bornBeforeMs = nowMs - this.#options.timeoutMs;
    for (const connection of this.#all) {
      if (connection.order && connection.order.dueMs <= bornBeforeMs) connection.drop("timed-out");
    }
    for (let next = this.#waiting.peek(); next && next.dueMs <= bornBeforeMs; next = this.#waiting.peek()) {
      this.#waiting.shift();
      this.#fail(next, "timed-out");
    }
  }

  /** Closes every connection; orders that are out fail. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const connection of this.#all) connection.drop("closed");
    this.#failWaiting("closed");
  }

  /** For its connections. */
  opened(connection: Connection): void {
    this.#release(connection);
  }

  /** For its connections. */
  answered(connection: Connection, order: Order, answer: ParsedAnswer): void {
    if (answer.keepAlive) this.#release(connection);
    else connection.drop("closed");
    this.#options.onAnswer(order, answer);
  }

  /** For its connections. */
  lost(connection: Connection, failure: Failure, order: Order | undefined): void {
    this.#all.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    if (failure === "unreachable") this.#refusedUntilMs = this.clock.monotonic() + RETRY_AFTER_MS;
    if (order) this.#fail(order, failure);
    if (failure !== "unreachable") this.#connect();
    else if (this.#all.size === 0) this.#failWaiting("unreachable");
  }

  /** Opens one more connection if somebody waits for one and there may be one more. */
  #connect(): void {
    if (this.#closed || !this.#waiting.peek() || this.#all.size >= this.#options.connections) return;
    if (this.clock.monotonic() < this.#refusedUntilMs) return;
    this.#all.add(new Connection(this.#target, this));
  }

  #release(connection: Connection): void {
    const next = this.#waiting.shift();
    if (next) connection.send(next);
    else this.#free.push(connection);
  }

  #fail(order: Order, failure: Failure): void {
    this.#options.onFailure(order, failure);
  }

  #failWaiting(failure: Failure): void {
    for (let order = this.#waiting.shift(); order; order = this.#waiting.shift()) this.#fail(order, failure);
  }
}
