/** `operator demo`: the whole loop on a cluster of its own. */

import * as v from "valibot";
import { runDemo } from "../../demo/mod.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT } from "../args/exit-code.ts";

const EXITS = { proved: EXIT.done, failed: EXIT.failed, interrupted: EXIT.interrupted } as const;

/** Exits 0 only if everything that the demo promises came true. */
export const demo: Runnable = command({
  name: "demo",
  description: "Break a real cluster and watch it being noticed, explained, mended and verified",
  args: { auto: { type: "boolean", description: "Nobody is at the keyboard" } },
  options: v.object({ auto: v.optional(v.boolean(), false) }),
  async run({ auto }, { signal }) {
    return EXITS[await runDemo({ auto, signal })];
  },
});
