/** The operator as a child process, in a home of its own and with no configuration but what is there. */

import { operatorCommand } from "../../src/io/system/process.ts";
import { withoutKeys } from "../without-keys.ts";

/** How a command is started. */
export interface SpawnOptions {
  /** What it reads. @default nothing */
  readonly input?: string;
  /** What the command is preceded by. @default nothing */
  readonly wrapper?: readonly string[];
}

/** Starts one command; what it prints can be read. */
export function spawnOperator(
  home: string,
  args: readonly string[],
  { input, wrapper = [] }: SpawnOptions = {},
): Bun.ReadableSubprocess {
  return Bun.spawn([...wrapper, ...operatorCommand(), ...args], {
    env: { ...withoutKeys(process.env), OPERATOR_HOME: home, XDG_CONFIG_HOME: home },
    stdin: input === undefined ? "ignore" : Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });
}
