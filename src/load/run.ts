/** Runs a workload: sends what the schedule says when it says so, and counts what becomes of it. */

import { setImmediate } from "node:timers/promises";
import type { LoadReport, LoadTick } from "../core/subject/load-report.ts";
import type { Answer, Workload } from "../core/subject/workload.ts";
import type { Clock } from "../core/system/clock.ts";
import { seededRandom } from "../core/system/random.ts";
import { arrivalTimes, type ScheduleOptions } from "./arrivals.ts";
import { ConnectionPool, RETRY_AFTER_MS } from "./connection-pool.ts";
import { type KeyOptions, keyChooser } from "./keys.ts";
import { encodeRequest, type Failure, type Order } from "./order.ts";
import { Tally } from "./tally.ts";
import type { Target } from "./target.ts";

/** What is sent, where, when and for how long. */
export interface LoadOptions extends KeyOptions, Omit<ScheduleOptions, "startMs"> {
  /** Fresh: its checker remembers what it has seen. */
  readonly workload: Workload;
  /** Taken in turn. */
  readonly targets: readonly Target[];
  /** Keeps one request out on each connection instead of following a schedule; rate and pattern do not apply. */
  readonly closed: boolean;
  /** Connections at most, over all targets. */
  readonly connections: number;
  /** Milliseconds from when a request was due until it has failed. */
  readonly timeoutMs: number;
  /** Decides every choice of key. */
  readonly seed: number;
}

/** What a run needs of the world. */
export interface LoadContext {
  readonly clock: Clock;
  /** Ends the run early; its report is made all the same. */
  readonly signal: AbortSignal;
  /** Called once a second. */
  readonly onTick?: (tick: LoadTick) => void;
}

/** Orders per target that may wait for a connection. */
const MAX_WAITING = 10_000;

/** Orders sent in one go, after which answers and signals have their turn. */
const SENT_AT_ONCE = 10_000;

const TICK_MS = 1000;

/** Milliseconds that a run which is interrupted waits for what is out, however patient it was told to be. */
const LAST_ANSWERS_MS = 1000;

/**
 * Runs until the time is up or the signal aborts, waits for what is still out, and reports.
 * @throws {InvalidInputError} If the run is too short for the pattern.
 */
export async function runLoad(options: LoadOptions, context: LoadContext): Promise<LoadReport> {
  using run = new Run(options, context);
  return await run.report();
}

class Run implements Disposable {
  readonly #options: LoadOptions;
  readonly #context: LoadContext;
  readonly #chooseKey: () => number;
  readonly #tally: Tally;
  readonly #pools: ReadonlyMap<Target, ConnectionPool>;
  readonly #startedAtMs: number;
  /** By the monotonic clock. */
  readonly #startMs: number;
  readonly #ended = new AbortController();
  /** Aborts when nothing more is to be sent. */
  readonly #stop: AbortSignal;
  /** Settled by the last answer, or by a workload that cannot read one. */
  readonly #drained = Promise.withResolvers<void>();
  #sending = true;
  #outstanding = 0;

  constructor(options: LoadOptions, context: LoadContext) {
    const { targets, workload, connections, timeoutMs, seed } = options;
    this.#options = options;
    this.#context = context;
    this.#stop = AbortSignal.any([context.signal, this.#ended.signal]);
    this.#chooseKey = keyChooser(options, seededRandom(seed));
    this.#tally = new Tally(workload, targets);
    const poolOptions = {
      connections: Math.ceil(connections / targets.length),
      maxWaiting: MAX_WAITING,
      timeoutMs,
      clock: context.clock,
      onAnswer: (order: Order, answer: Answer) => this.#answered(order, answer),
      onFailure: (order: Order, failure: Failure) => this.#failed(order, failure),
    };
    this.#pools = new Map(targets.map((target) => [target, new ConnectionPool(target, poolOptions)]));
    this.#startedAtMs = context.clock.now();
    this.#startMs = context.clock.monotonic();
  }

  async report(): Promise<LoadReport> {
    const { closed, seed } = this.#options;
    const watching = Promise.all([this.#expireRegularly(), this.#tickRegularly()]);
    try {
      const sent = untilAborted(this.#stop, closed ? this.#sendClosed() : this.#sendOpen());
      await Promise.race([sent, this.#drained.promise]);
      this.#sending = false;
      if (this.#outstanding > 0) await this.#drained.promise;
    } finally {
      this.#sending = false;
      this.#ended.abort();
      await watching;
    }
    return this.#tally.report({ seed, startedAtMs: this.#startedAtMs, elapsedMs: this.#elapsedMs() });
  }

  [Symbol.dispose](): void {
    for (const pool of this.#pools.values()) pool[Symbol.dispose]();
  }

  /** Follows the schedule. Everything due is sent before the next sleep, so a late wake-up delays requests but drops none. */
  async #sendOpen(): Promise<void> {
    const { clock } = this.#context;
    const { targets } = this.#options;
    let reachedMs = 0;
    let plannedMs = 0;
    let turn = 0;
    for (const atMs of arrivalTimes({ ...this.#options, startMs: this.#startedAtMs })) {
      while (atMs > reachedMs) {
        const nowMs = this.#elapsedMs();
        const waitMs = Math.max(1, Math.ceil(atMs - nowMs));
        // Timers count whole milliseconds. What falls due within the one that is slept through on purpose is due at its
        // end; any delay beyond it is counted.
        if (atMs > nowMs) plannedMs = nowMs + waitMs;
        await clock.sleep(waitMs, this.#stop);
        reachedMs = this.#elapsedMs();
      }
      const target = targets[turn % targets.length];
      if (target) this.#send(target, this.#startMs + Math.max(atMs, plannedMs));
      turn += 1;
      if (turn % SENT_AT_ONCE === 0) await setImmediate();
      if (this.#stop.aborted) return;
    }
    await clock.sleep(this.#options.forMs - this.#elapsedMs(), this.#stop);
  }

  /** Keeps `connections` requests out; each answer brings the next one. */
  async #sendClosed(): Promise<void> {
    const { clock } = this.#context;
    const { connections, forMs, targets } = this.#options;
    for (let worker = 0; worker < connections; worker++) {
      const target = targets[worker % targets.length];
      if (target) this.#send(target, clock.monotonic());
    }
    await clock.sleep(forMs, this.#stop);
  }

  #send(target: Target, dueMs: number): void {
    const key = this.#chooseKey();
    const bytes = encodeRequest(this.#options.workload.request(key), target);
    this.#outstanding += 1;
    this.#pools.get(target)?.send({ target, key, bytes, dueMs, sentMs: 0, receivedMs: 0 });
  }

  #answered(order: Order, answer: Answer): void {
    const { target, key, dueMs, sentMs, receivedMs } = order;
    try {
      const reading = this.#options.workload.read({ key, sentMs, receivedMs, answer });
      this.#tally.answered(target, reading, receivedMs - dueMs);
    } catch (error) {
      this.#drained.reject(error);
    }
    if (this.#sending && this.#options.closed) this.#send(target, receivedMs);
    this.#settle();
  }

  #failed({ target }: Order, failure: Failure): void {
    this.#tally.failed(target, failure);
    if (this.#sending && this.#options.closed) void this.#sendAgain(target);
    this.#settle();
  }

  /** Does in the closed loop what a person would: waits a moment after a failure. */
  async #sendAgain(target: Target): Promise<void> {
    const { clock } = this.#context;
    await clock.sleep(RETRY_AFTER_MS);
    if (this.#sending) this.#send(target, clock.monotonic());
  }

  #settle(): void {
    this.#outstanding -= 1;
    if (!this.#sending && this.#outstanding === 0) this.#drained.resolve();
  }

  async #expireRegularly(): Promise<void> {
    const { clock, signal } = this.#context;
    const everyMs = Math.min(Math.max(5, this.#options.timeoutMs / 20), 100);
    let interruptedMs = Number.POSITIVE_INFINITY;
    await this.#regularly(everyMs, () => {
      const nowMs = clock.monotonic();
      for (const pool of this.#pools.values()) pool.expire(nowMs);
      if (signal.aborted) interruptedMs = Math.min(interruptedMs, nowMs);
      if (nowMs - interruptedMs > LAST_ANSWERS_MS) this[Symbol.dispose]();
    });
  }

  async #tickRegularly(): Promise<void> {
    await this.#regularly(TICK_MS, () => this.#context.onTick?.(this.#tally.tick(this.#elapsedMs())));
  }

  /** Works at whole multiples of the period; those that were slept through are left out. */
  async #regularly(everyMs: number, work: () => void): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const round = Math.round(this.#elapsedMs() / everyMs) + 1;
      await untilAborted(signal, this.#context.clock.sleep(round * everyMs - this.#elapsedMs(), signal));
      if (!signal.aborted) work();
    }
  }

  #elapsedMs(): number {
    return this.#context.clock.monotonic() - this.#startMs;
  }
}

/** Waits for work that the signal may end, which is no error. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
