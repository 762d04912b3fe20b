/** Asks a person at the terminal. */

import { createInterface } from "node:readline/promises";
import { UsageError } from "../../core/text/errors.ts";
import { log } from "../../io/log.ts";

/**
 * Whether the answer is yes; anything but `y` or `yes` is no.
 * @throws {UsageError} If there is no terminal.
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError("Cannot ask without a terminal, expected --yes");
  using lines = createInterface({ input: process.stdin });
  log.info(`${question} [y/N]`);
  const answer = await lines.question("", { signal });
  return /^y(es)?$/i.test(answer.trim());
}
