/** A process that monitors a system in constant trouble, and says a line for each checkup. `dying-monitor.ts <path>` */

import type { Verdict } from "../../src/core/words/verdict.ts";
import { openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { monitor } from "../../src/monitor/mod.ts";
import { invariant, monitorOptions, scripted } from "./scripted-session.ts";

const [path = ""] = process.argv.slice(2);
let round = 0;
const { session, script } = scripted(systemClock, { verdicts: {} });

await monitor(
  session,
  monitorOptions(openDatabase(path), systemClock, {
    intervalMs: 10,
    invariants: [invariant("answers", 30)],
    rules: { holdsToResolve: 2, holdDownMs: 10 },
    signal: new AbortController().signal,
    record: async () => {
      round += 1;
      script.verdicts = Object.fromEntries(["node/1", "node/2", "node/3"].map((node) => [`answers ${node}`, drawn()]));
    },
    onEvent: ({ kind }) => kind === "checkup" && process.stdout.write("checked\n"),
  }),
);

/** Six rounds of trouble, six of health, and now and then a look that sees nothing. */
function drawn(): Verdict {
  if (Math.random() < 0.1) return "unknown";
  return Math.floor(round / 6) % 2 === 0 ? "violated" : "holds";
}
