/** argv in, exit code out. The demo and the command line, which do not know each other, meet here. */

import type { Branch } from "./cli/args/command.ts";
import { EXIT } from "./cli/args/exit-code.ts";
import { runCli } from "./cli/args/run.ts";
import { COMMANDS } from "./cli/commands/mod.ts";
import { messageOf } from "./core/text/errors.ts";
import { hasCode } from "./io/files/file.ts";
import { withholdProxies } from "./io/http/proxy.ts";
import { log } from "./io/log.ts";

const DEMO = "Break a real cluster and watch it being noticed, explained, repaired and verified";
const DEMO_EXITS = { proved: EXIT.done, failed: EXIT.failed, interrupted: EXIT.interrupted } as const;

withholdProxies();

let unwritten = false;
let isReaderGone = false;

// What nobody can read is an interruption: what is under way ends in good order. A reader that has gone, as `head` does, is no failure.
process.stdout
  .on("error", () => undefined)
  .once("error", (error) => {
    isReaderGone = hasCode(error, "EPIPE");
    unwritten = !isReaderGone;
    if (unwritten) {
      log.error(`Cannot write the output: ${messageOf(error)}`);
      process.exitCode = EXIT.failed;
    }
    process.emit("SIGTERM");
  });

// Uncaught errors are logged like others, since their text can be foreign.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    log.error(messageOf(error));
    process.exit(EXIT.failed);
  });
}

const code = await runCli(process.argv.slice(2), new Map([["demo", demoBranch()], ...COMMANDS]));
if (!unwritten) process.exitCode = isReaderGone && code === EXIT.interrupted ? EXIT.done : code;

function demoBranch(): Branch {
  return {
    description: DEMO,
    async load() {
      const [{ command }, { demoFlags, runDemo }] = await Promise.all([
        import("./cli/args/command.ts"),
        import("./demo/mod.ts"),
      ]);
      return command({
        name: "demo",
        ...demoFlags,
        run: async ({ auto }, { signal }) => DEMO_EXITS[await runDemo({ auto, signal })],
      });
    },
  };
}
