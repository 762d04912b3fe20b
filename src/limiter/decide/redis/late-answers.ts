/** What comes back from a primary that does not answer in time: a slow way brings answers late, a cut one brings none. */

import { setTimeout as delay } from "node:timers/promises";
import type { LateAnswers } from "../../../core/system/picture.ts";
import { firstByteMs, type Server } from "../../../io/redis-contact.ts";
import type { Alone } from "../decision.ts";

/** How a primary is asked once more, with patience. */
export interface LateAnswersOptions {
  /** Milliseconds that the primary may take for a check. */
  readonly timeoutMs: number;
  /** Where it is; `undefined` if unknown. */
  readonly server: () => Server | undefined;
  /** Milliseconds until the first byte of an answer on a separate connection; `undefined` if none comes. @default {@linkcode firstByteMs} */
  readonly ping?: (server: Server, withinMs: number) => Promise<number | undefined>;
}

/** Milliseconds for which one patient question waits, and between two of them. */
const PATIENCE_MS = 10_000;
const PING_EVERY_MS = 1000;
/** Milliseconds without any answer from which on nothing is said to come back. */
const NOTHING_AFTER_MS = 5000;
/** Milliseconds for which an answer that came late speaks of the present. */
const RECENT_MS = 15_000;

/** Follows one breaker: while it is open, one patient question at a time is under way. */
export class AnswerWatch implements Disposable {
  readonly #options: LateAnswersOptions;
  #openedMs: number | undefined;
  #lateMs = Number.NEGATIVE_INFINITY;
  #fastest: { readonly tookMs: number; readonly atMs: number } | undefined;
  #isPinging = false;

  constructor(options: LateAnswersOptions) {
    this.#options = options;
  }

  /** Begins where the breaker has opened, and ends where it has closed. */
  follow(alone: Alone | undefined): void {
    if (alone?.sinceMs === this.#openedMs) return;
    this.#openedMs = alone?.sinceMs;
    this.#fastest = undefined;
    if (alone && !this.#isPinging) void this.#ping();
  }

  /** Waits for the answer to a call that was given up, and notes when it comes; a refusal is an answer, too. */
  async await(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      if (!(error instanceof Error && error.name === "ReplyError")) return;
    }
    this.#lateMs = performance.now();
  }

  /** What comes back; `undefined` while the breaker is closed, and for the first seconds of silence. */
  get seen(): LateAnswers | undefined {
    const openedMs = this.#openedMs;
    if (openedMs === undefined) return undefined;
    const nowMs = performance.now();
    if (this.#lateMs > openedMs && nowMs - this.#lateMs < RECENT_MS) return "late";
    if (this.#fastest && nowMs - this.#fastest.atMs < RECENT_MS)
      return this.#fastest.tookMs > this.#options.timeoutMs ? "late" : "in-time";
    return nowMs - openedMs >= NOTHING_AFTER_MS ? "none" : undefined;
  }

  [Symbol.dispose](): void {
    this.#openedMs = undefined;
  }

  async #ping(): Promise<void> {
    const { server: serverNow, ping = firstByteMs } = this.#options;
    this.#isPinging = true;
    while (this.#openedMs !== undefined) {
      const ofMs = this.#openedMs;
      const server = serverNow();
      const tookMs = server && (await ping(server, PATIENCE_MS));
      if (tookMs !== undefined && ofMs === this.#openedMs) this.#note(tookMs);
      await delay(PING_EVERY_MS, undefined, { ref: false });
    }
    this.#isPinging = false;
  }

  /** Of several answers the fastest counts, so that a moment in which this process did not run does not look like a slow way. */
  #note(tookMs: number): void {
    const nowMs = performance.now();
    const isRecent = this.#fastest !== undefined && nowMs - this.#fastest.atMs < RECENT_MS;
    if (isRecent && this.#fastest && this.#fastest.tookMs <= tookMs) return;
    this.#fastest = { tookMs, atMs: nowMs };
  }
}
