/** The memory of this process. */

/** Frees at once what a large piece of work left behind: by itself the runtime lets the heap grow to a multiple of what is used first. */
export function freeMemory(): void {
  Bun.gc(true);
}
