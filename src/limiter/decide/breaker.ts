/** Keeps checks from waiting for a Redis that does not work, and detects when it works again. */

import { setTimeout as delay } from "node:timers/promises";
import type { RedisTrouble } from "../../io/redis-trouble.ts";
import type { Alone } from "./decision.ts";
import { inTime, NoAnswerError } from "./late-after.ts";

/** How a breaker tests Redis. */
export interface BreakerOptions {
  /** Runs the same call as a check, so that anything that refuses a check refuses it too. Rejects with the refusal. */
  readonly probe: () => Promise<unknown>;
  /** Milliseconds within which Redis must answer. */
  readonly timeoutMs: number;
  /** Why Redis must be probed before it is asked, if there is a reason. */
  readonly beginsWith?: RedisTrouble | undefined;
  /** The reason in a failed probe; `undefined` if it has none of its own. */
  readonly reasonOf: (error: unknown) => RedisTrouble | undefined;
  /** Called after every failed probe. */
  readonly onProbeFailed?: (error: unknown) => void;
  /** Called whenever it opens, closes, or changes its reason. */
  readonly onChange?: () => void;
}

/** Milliseconds between two probes while it is open. */
const PROBE_EVERY_MS = 100;
/** Milliseconds between two probes while it is closed. */
const LOOK_EVERY_MS = 500;
/** Milliseconds of silence after which a reason that Redis gave is no longer the reason. */
const REASON_HOLDS_MS = 2000;

/** Open while Redis does not decide checks. */
export class Breaker implements Disposable {
  readonly #options: BreakerOptions;
  #alone: Alone | undefined;
  /** When the reason was last given other than by silence. */
  #toldMs = Number.NEGATIVE_INFINITY;
  #openForMs = 0;
  #isDisposed = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    if (options.beginsWith) this.#alone = { sinceMs: performance.now(), reason: options.beginsWith };
    void this.#look();
  }

  /** Whether Redis may be asked. */
  get isClosed(): boolean {
    return this.#alone === undefined;
  }

  /** Since when it is open, and why; `undefined` while it is closed. */
  get alone(): Alone | undefined {
    return this.#alone;
  }

  /** Total milliseconds open. */
  get openForMs(): number {
    return this.#openForMs + (this.#alone ? performance.now() - this.#alone.sinceMs : 0);
  }

  /**
   * Opens until a probe succeeds, or notes another reason. Without a reason, the known one stays. So it does for a while where
   * Redis is silent after it: one that is busy answers some calls with its reason and others too late.
   */
  trip(told: RedisTrouble | undefined): void {
    const nowMs = performance.now();
    const isToldYet = this.#alone !== undefined && nowMs - this.#toldMs < REASON_HOLDS_MS;
    if (told !== undefined && told !== "silent") this.#toldMs = nowMs;
    const reason = (told === "silent" && isToldYet ? undefined : told) ?? this.#alone?.reason ?? "not-connected";
    if (this.#isDisposed || this.#alone?.reason === reason) return;
    this.#alone = { sinceMs: this.#alone?.sinceMs ?? nowMs, reason };
    this.#options.onChange?.();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#alone ??= { sinceMs: performance.now(), reason: "not-connected" };
  }

  /** Probes often while open, and occasionally while closed: without checks a failure would go unnoticed. */
  async #look(): Promise<void> {
    let probedMs = performance.now();
    while (!this.#isDisposed) {
      if (!this.isClosed || performance.now() - probedMs >= LOOK_EVERY_MS) {
        await this.#probe();
        probedMs = performance.now();
      }
      await delay(PROBE_EVERY_MS, undefined, { ref: false });
    }
  }

  async #probe(): Promise<void> {
    const { probe, timeoutMs, reasonOf, onProbeFailed } = this.#options;
    try {
      await inTime(probe(), timeoutMs);
      this.#close();
    } catch (error) {
      onProbeFailed?.(error);
      this.trip(error instanceof NoAnswerError ? "silent" : reasonOf(error));
    }
  }

  #close(): void {
    if (this.#isDisposed || !this.#alone) return;
    this.#openForMs = this.openForMs;
    this.#alone = undefined;
    this.#options.onChange?.();
  }
}
