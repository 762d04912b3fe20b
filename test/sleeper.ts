/** A process that does nothing, of which a test can say with what it was started. */

import { readFileSync } from "node:fs";
import { until } from "./until.ts";

/**
 * Starts `sleep` with no other variables than PATH and `env`. Linux lets the parent of a new process go on before it
 * shows the process' environment (`mm->env_end` is set after the `exec` has let go of the parent): waits until it does.
 */
export async function startSleeper(env: Readonly<Record<string, string>>, cwd = "/"): Promise<Bun.Subprocess> {
  const child = Bun.spawn(["sleep", "1000"], { cwd, env: { PATH: process.env["PATH"] ?? "", ...env } });
  await until(() => process.platform !== "linux" || readFileSync(`/proc/${child.pid}/environ`, "utf8") !== "");
  return child;
}
