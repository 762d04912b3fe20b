/** Verification: whether an action run did what it was for. Decided by fresh looks, never by the action's own word. */

import type { ActionRun } from "../../core/safety/action-run.ts";
import type { BoundAction } from "../../core/subject/action.ts";
import type { Verification, Verifying } from "./look.ts";
import { verifyEffect } from "./verify-effect.ts";
import { verifyFix } from "./verify-fix.ts";

/** Looks until it is clear how a run ends: a run of an incident by its cause, any other by its effect. */
export function verify(run: ActionRun, action: BoundAction, options: Verifying): Promise<Verification> {
  const { origin } = run;
  return origin.kind === "incident"
    ? verifyFix({ ...run, origin }, action, options)
    : verifyEffect(run, action, options);
}
