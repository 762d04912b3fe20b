/** Asks again what may have an answer later, within the wall time that is left and no longer. */

import type { Clock } from "../../../../core/system/clock.ts";
import { formatDurationMs } from "../../../../core/text/units.ts";
import { ModelError } from "../model-error.ts";
import type { Model } from "./endpoint.ts";

/** How long and how often. */
export interface PersistOptions {
  readonly clock: Pick<Clock, "sleep">;
  /** Milliseconds of wall time that are left. */
  readonly leftMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told of what a failed attempt came to. */
  readonly onFailed: (error: ModelError) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** With the pauses between them about a minute. */
const MOST_ATTEMPTS = 8;
/** Share of a pause by which it varies, so that many do not ask at the same moment. */
const JITTER = 0.25;

/** A model that is asked again where that may help. */
export function persistent(model: Model, { clock, leftMs, random, onFailed }: PersistOptions): Model {
  return {
    async answer(request, signal) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await model.answer(request, signal);
        } catch (error) {
          if (!(error instanceof ModelError)) throw error;
          onFailed(error);
          const pauseMs = error.retryAfterMs ?? pauseAfter(attempt, random());
          if (!error.retry || attempt >= Math.min(MOST_ATTEMPTS, error.attempts)) throw givenUp(error, attempt);
          if (pauseMs >= leftMs()) throw tooLong(error, attempt, pauseMs);
          await clock.sleep(pauseMs, signal);
        }
      }
    },
  };
}

function pauseAfter(attempt: number, random: number): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  return pauseMs * (1 - JITTER * random);
}

function givenUp(error: ModelError, attempts: number): ModelError {
  return attempts === 1 ? error : new ModelError(`${error.message} (asked ${attempts} times)`);
}

function tooLong({ message }: ModelError, attempts: number, pauseMs: number): ModelError {
  const asked = attempts === 1 ? "once" : `${attempts} times`;
  return new ModelError(
    `${message} (asked ${asked}; the next try is due in ${formatDurationMs(pauseMs)}, after the time is up)`,
  );
}
