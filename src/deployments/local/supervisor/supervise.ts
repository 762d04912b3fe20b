/** The entry point of a supervisor: a plan on its input, events on its output. */

import * as v from "valibot";
import { messageOf } from "../../../core/text/errors.ts";
import { makeHome, removeHome } from "../../../io/files/home.ts";
import { readLines } from "../../../io/lines.ts";
import { type Folder, folderOf, removeFolder } from "../folder/folder.ts";
import { Plan } from "../plan.ts";
import type { SupervisorEvent } from "../up.ts";
import { supervise } from "./supervisor.ts";

/** Input and output of a supervisor. */
export interface SuperviseIo {
  /** One line with the orders; the end of input means that the starting process has ended, which counts until everything is up. */
  readonly input: AsyncIterable<Uint8Array>;
  readonly tell: (line: string) => void;
  /** Takes everything down. */
  readonly signal: AbortSignal;
}

const Orders = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    home: v.string(),
    /** Random; in the environment of this process. */
    id: v.string(),
    plan: Plan,
    /** By name. */
    secrets: v.optional(v.record(v.string(), v.string()), {}),
    /** Whether the end of the input always counts, and the home is removed. */
    throwaway: v.optional(v.boolean(), false),
  }),
);

/** Runs the plan on its input until the signal aborts; returns whether it came up. */
export async function superviseOrders({ input, tell, signal }: SuperviseIo): Promise<boolean> {
  const say = (event: SupervisorEvent): void => tell(`${JSON.stringify(event)}\n`);
  const lines = readLines(input);
  let isUp = false;
  try {
    const { home, id, plan, secrets, throwaway } = v.parse(Orders, (await lines.next()).value);
    const folder = folderOf(home, plan.name);
    makeHome(home, { throwaway });
    using cleanUp = new DisposableStack();
    if (throwaway) cleanUp.defer(() => throwAway(folder));
    const abandoned = new AbortController();
    void whenEnded(lines).then(() => {
      if (throwaway || !isUp) abandoned.abort(new Error("The command that asked for the deployment has ended"));
    });
    await supervise(plan, {
      folder,
      id,
      secrets,
      signal: AbortSignal.any([signal, abandoned.signal]),
      onReady: (component) => say({ event: "ready", component }),
      onUp() {
        isUp = true;
        say({ event: "up" });
      },
    });
  } catch (error) {
    say({ event: "failed", message: messageOf(error) });
  }
  return isUp;
}

function throwAway(folder: Folder): void {
  removeFolder(folder);
  removeHome(folder.home);
}

async function whenEnded(lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const _line of lines); // no more lines follow; only the end of input counts
  } catch {
    // a broken pipe counts as the end
  }
}
