/** The operator as a child process, in a home of its own and with no configuration but what is there. */

import { operatorCommand } from "../../src/io/process.ts";

/** Starts one command; what it prints can be read. */
export function spawnOperator(home: string, args: readonly string[]): Bun.ReadableSubprocess {
  return Bun.spawn([...operatorCommand(), ...args], {
    env: { ...process.env, OPERATOR_HOME: home, XDG_CONFIG_HOME: home },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}
