/** Asks several who would all say the same: one after the other, each as soon as the one before has failed or is late. */

/** How the others are brought in. */
export interface FirstAnswerOptions {
  /** Milliseconds after which the next one is asked beside those that have not answered yet. */
  readonly lateAfterMs: number;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** Asks one of them, and gives up when the signal fires. */
export type Ask<T> = (signal: AbortSignal) => Promise<T>;

/**
 * The first answer; who has not answered by then is given up.
 * @throws {AggregateError} If all of them fail; its errors are in the order of the list.
 */
export async function firstAnswer<T>(all: readonly Ask<T>[], { lateAfterMs, signal }: FirstAnswerOptions): Promise<T> {
  const done = new AbortController();
  const within = AbortSignal.any([signal, done.signal]);
  const answers: Promise<T>[] = [];
  try {
    for (const ask of all) {
      const answer = ask(within);
      answers.push(answer);
      answer.catch(() => undefined);
      const outcome = await Promise.race([settled(answers), pause(lateAfterMs, within)]);
      if (outcome === "answered") break;
    }
    return await Promise.any(answers);
  } finally {
    done.abort();
  }
}

/** `failed` as soon as the last one asked has failed, `answered` as soon as any has answered. */
function settled(answers: readonly Promise<unknown>[]): Promise<"answered" | "failed"> {
  const answered = Promise.any(answers).then(() => "answered" as const);
  const failed = answers.at(-1)?.then(
    () => "answered" as const,
    () => "failed" as const,
  );
  return Promise.race([answered.catch(() => "failed" as const), ...(failed ? [failed] : [])]);
}

async function pause(ms: number, signal: AbortSignal): Promise<"late"> {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), ms);
  signal.addEventListener("abort", () => resolve("late"), { once: true });
  return await promise.finally(() => clearTimeout(timer));
}
