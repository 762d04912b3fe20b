/** Where everything that outlives a process is kept. */

import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The folder of all state: the flag, else `OPERATOR_HOME`, else by the XDG rules. */
export function operatorHome(
  flag?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const xdg = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return resolve(flag || environment["OPERATOR_HOME"] || join(xdg, "operator"));
}
