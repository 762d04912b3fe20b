/** `operator supervise`: holds one local deployment; started by `operator up`, never by people. */

import { writeSync } from "node:fs";
import * as v from "valibot";
import { supervise as superviseHere } from "../../../deployments/mod.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";

/** Holds the deployment that its standard input orders until it is told to end. */
export const supervise: Runnable = command({
  name: "supervise",
  args: {},
  options: v.object({}),
  async run(_options, { signal }) {
    process.umask(0o077);
    const isUp = await superviseHere({ input: Bun.stdin.stream(), tell, signal });
    process.exit(isUp ? EXIT.done : EXIT.failed); // the one who gave the orders may hold the input open
  },
});

function tell(line: string): void {
  try {
    writeSync(1, line);
  } catch {
    // the one who asked has gone; the end of the input says so, too
  }
}
