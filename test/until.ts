/** Waits on conditions, never on time. */

/**
 * Resolves once the condition holds.
 * @param timeoutMs Below the minute after which a test is ended, so that the condition is named.
 */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 50_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs)
      throw new Error(`Cannot go on: ${condition.toString()} does not hold after ${timeoutMs} ms`);
    await Bun.sleep(5);
  }
}
