/** Keeps checks from waiting for a Redis that does not answer, and finds out when it does again. */

import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../core/text/errors.ts";
import type { OnProbeFailed } from "./decision.ts";
import { lateAfter } from "./late-after.ts";

/** How a breaker asks for Redis. */
export interface BreakerOptions {
  /** Writes something small, since reads may still be answered where writes are not. */
  readonly probe: () => Promise<unknown>;
  /** Gives up a connection on which nothing comes back. */
  readonly reconnect: () => void;
  /** Milliseconds within which Redis must answer. */
  readonly timeoutMs: number;
  /** Whether Redis may be asked before it was probed. */
  readonly beginsClosed: boolean;
  /** Is told why a probe was not answered. */
  readonly onProbeFailed?: OnProbeFailed;
}

/** Milliseconds between two probes while they do not. */
const PROBE_EVERY_MS = 100;
/** Milliseconds between two probes while checks go to Redis. */
const LOOK_EVERY_MS = 500;
/** Milliseconds of silence after which a connection is given up. */
const SILENT_FOR_MS = 1000;

/** Open while Redis does not answer in time. */
export class Breaker implements Disposable {
  readonly #options: BreakerOptions;
  /** Monotonic milliseconds at which it opened. */
  #openedMs: number | undefined;
  #openForMs = 0;
  #stopped = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    if (!options.beginsClosed) this.trip();
    void this.#look();
  }

  /** Whether Redis may be asked. */
  get isClosed(): boolean {
    return this.#openedMs === undefined;
  }

  /** Milliseconds that it was open, all in all. */
  get openForMs(): number {
    return this.#openForMs + (this.#openedMs === undefined ? 0 : performance.now() - this.#openedMs);
  }

  /** Opens, until a probe is answered in time. */
  trip(): void {
    if (this.#stopped || this.#openedMs !== undefined) return;
    this.#openedMs = performance.now();
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#openedMs ??= performance.now();
  }

  /** Probes often while it is open, and now and then while it is closed: without checks nobody else would notice. */
  async #look(): Promise<void> {
    let heardMs = performance.now();
    while (!this.#stopped) {
      if (!this.isClosed || performance.now() - heardMs >= LOOK_EVERY_MS) {
        const outcome = await this.#probe();
        if (outcome === "answered") this.#close();
        else this.trip();
        if (outcome !== "silent") heardMs = performance.now();
        if (performance.now() - heardMs > SILENT_FOR_MS) {
          this.#options.reconnect();
          heardMs = performance.now();
        }
      }
      await delay(PROBE_EVERY_MS, undefined, { ref: false });
    }
  }

  #close(): void {
    if (this.#stopped) return;
    this.#openForMs = this.openForMs;
    this.#openedMs = undefined;
  }

  #probe(): Promise<"answered" | "refused" | "silent"> {
    const { probe, timeoutMs, onProbeFailed } = this.#options;
    const { promise, resolve } = Promise.withResolvers<"answered" | "refused" | "silent">();
    const cancel = lateAfter(timeoutMs, () => {
      onProbeFailed?.(`No answer within ${timeoutMs} ms`);
      resolve("silent");
    });
    probe()
      .then(
        () => resolve("answered"),
        (error: unknown) => {
          onProbeFailed?.(messageOf(error));
          resolve("refused");
        },
      )
      .finally(cancel);
    return promise;
  }
}
