/** Waits on conditions, never on time. */

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Cannot go on: ${condition.toString()} did not come true`);
    await Bun.sleep(5);
  }
}
