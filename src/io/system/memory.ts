/** The memory of this process. */

/** Frees the garbage of a large piece of work at once: otherwise the heap grows to a multiple of what is used before it is collected. */
export function freeMemory(): void {
  Bun.gc(true);
}
