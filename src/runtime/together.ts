/** Runs loops concurrently that end together. */

/** Runs all until all have ended; when one fails the others are told to end, and its error is thrown when they have. */
export async function together(
  signal: AbortSignal,
  loops: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const errors: unknown[] = [];
  async function guarded(loop: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await loop(either);
    } catch (error) {
      errors.push(error);
      failed.abort(error);
    }
  }
  await Promise.all(loops.map(guarded));
  if (errors.length > 0) throw errors[0];
}
