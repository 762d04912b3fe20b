/** Does the same for many, so many at once: what is under way is held in memory, and asked of one server. */

/** The results in the order of the items; the first failure ends it. */
export async function inTurns<T, U>(
  items: readonly T[],
  atOnce: number,
  run: (item: T) => Promise<U>,
): Promise<readonly U[]> {
  const results: U[] = [];
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const [index, item] of queue) results[index] = await run(item);
    }),
  );
  return results;
}
