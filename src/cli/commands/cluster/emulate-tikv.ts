/** `operator emulate-tikv`: one process of an emulated TiKV cluster; started by `operator up`, never by people. */

import * as v from "valibot";
import { runEmulated } from "../../../emulators/tikv/run.ts";
import { command, type Runnable } from "../../args/command.ts";

/** Serves until it is told to end. */
export const emulateTikv: Runnable = command({
  name: "emulate-tikv",
  args: { file: { type: "string", description: "What to run, as the recipe wrote it", valueHint: "path" } },
  options: v.object({ file: v.string() }),
  async run({ file }, { signal }) {
    await using _process = runEmulated(file, (line) => void process.stdout.write(`${line}\n`));
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    await promise;
  },
});
