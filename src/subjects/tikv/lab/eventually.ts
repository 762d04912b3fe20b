/** What is started, cut or let go takes a moment: a condition is given the time to come true. */

/** Milliseconds that a fault or its cure may take to show: a new leader of PD takes thirteen seconds. */
const WITHIN_MS = 20_000;
const EVERY_MS = 50;

/** Whether a condition comes true in time; one that cannot be asked has not. */
export async function eventually(condition: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
  const untilMs = performance.now() + WITHIN_MS;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > untilMs || signal?.aborted) return false;
    await Bun.sleep(EVERY_MS);
  }
  return true;
}
