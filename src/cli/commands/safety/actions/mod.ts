/** `operator actions`: what may be done, what is to be done and what was done. */

import type { Runnable } from "../../../args/command.ts";
import { approve, cancel, reject } from "./decide.ts";
import { offered, propose, run } from "./foreground.ts";
import { history, list, show } from "./records.ts";

/** The commands by name. */
export const actions = {
  list,
  show,
  history,
  offered,
  propose,
  approve,
  reject,
  cancel,
  run,
} as const satisfies Readonly<Record<string, Runnable>>;
