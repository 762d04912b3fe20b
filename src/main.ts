/** argv in, exit code out. */

import { EXIT } from "./cli/args/exit-code.ts";
import { runCli } from "./cli/args/run.ts";
import { messageOf } from "./core/text/errors.ts";
import { hasCode } from "./io/file.ts";
import { log } from "./io/log.ts";

let unwritten = false;

// What nobody can read is an interruption: what is under way ends in good order. A reader that has gone, as `head` does, is no failure.
process.stdout
  .on("error", () => undefined)
  .once("error", (error) => {
    unwritten = !hasCode(error, "EPIPE");
    if (unwritten) {
      log.error(`Cannot write the output: ${messageOf(error)}`);
      process.exitCode = EXIT.failed;
    }
    process.emit("SIGTERM");
  });

// What nobody has caught is told like every other error: its text may be foreign.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    log.error(messageOf(error));
    process.exit(EXIT.failed);
  });
}

const code = await runCli(process.argv.slice(2));
if (!unwritten) process.exitCode = code;
