/** Time that passes when the test says so. */

import type { Clock } from "../src/core/system/clock.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock with a wall that a test may step and sleeps that end when time is advanced. */
export class VirtualClock implements Clock {
  #steadyMs = 5000;
  #wallMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#steadyMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", fail);
      };
      const fail = (): void => {
        leave();
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      const wake = (): void => {
        leave();
        resolve();
      };
      const sleeper = { dueMs: this.#steadyMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      if (signal?.aborted) fail();
      else signal?.addEventListener("abort", fail);
    });
  }

  /** Moves the wall clock alone. */
  step(ms: number): void {
    this.#wallMs += ms;
  }

  /** Lets time pass, waking each sleeper at its time and letting it run until it sleeps again. */
  async advance(ms: number): Promise<void> {
    const end = this.#steadyMs + ms;
    await settle();
    for (let next = this.#nextBy(end); next; next = this.#nextBy(end)) {
      this.#pass(Math.max(0, next.dueMs - this.#steadyMs));
      next.wake();
      await settle();
    }
    this.#pass(end - this.#steadyMs);
  }

  #nextBy(end: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ dueMs }) => dueMs <= end);
    return due.toSorted((a, b) => a.dueMs - b.dueMs)[0];
  }

  #pass(ms: number): void {
    this.#steadyMs += ms;
    this.#wallMs += ms;
  }
}

/** Runs everything that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
