/** argv in, exit code out. */

import { runCli } from "./cli/run.ts";

// A reader that has gone, as `head` does, is an interruption: what is under way ends in good order.
process.stdout.on("error", () => undefined).once("error", () => process.kill(process.pid, "SIGTERM"));
process.exitCode = await runCli(process.argv.slice(2));
