/** Makes a process die with its supervisor, where the system supports it. */

import { childEnvironment, findProgram } from "../../../io/system/process.ts";

/** The command, wrapped so that the kernel ends it when this process ends in any way. */
export function dieWithParent(command: readonly string[]): string[] {
  wrapper ??= findWrapper();
  return [...wrapper, ...command];
}

let wrapper: readonly string[] | undefined;

/** Detected once: only Linux has it, and not in every `setpriv`. Elsewhere the journal finds the remaining processes. */
function findWrapper(): readonly string[] {
  const program = process.platform === "linux" ? findProgram("setpriv") : undefined;
  if (program === undefined) return [];
  const found = [program, "--pdeathsig", "KILL", "--"];
  const options = { env: childEnvironment("program"), stdout: "ignore", stderr: "ignore" } as const;
  return Bun.spawnSync([...found, findProgram("true") ?? "true"], options).success ? found : [];
}
