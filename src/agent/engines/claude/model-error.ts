/** A model that did not answer: why, and whether the same may be asked again. */

import type { Usage } from "./settings.ts";

/** What is known of a failed call. */
export interface ModelErrorOptions {
  /** Whether the same request may have an answer later. @default {false} */
  readonly retry?: boolean;
  /** Milliseconds that the endpoint asks to wait. */
  readonly retryAfterMs?: number;
  /** How often it is worth asking in all. @default as often as any other */
  readonly attempts?: number;
  /** What it came to all the same. */
  readonly usage?: Usage;
  readonly cause?: unknown;
}

/** No usable answer of a model. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly attempts: number;
  readonly usage: Usage | undefined;

  constructor(message: string, options: ModelErrorOptions = {}) {
    const { retry = false, retryAfterMs, attempts = Number.POSITIVE_INFINITY, usage, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
    this.attempts = attempts;
    this.usage = usage;
  }
}
