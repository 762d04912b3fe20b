/** A broken audit log, told by whoever starts to work with it. */

import type { Database } from "../database/mod.ts";
import { log } from "../io/log.ts";

/** Checks the audit log and says loudly if it is broken. Watching goes on: what is seen does not depend on the log. */
export function tellBrokenAudit({ audit, path }: Database): void {
  const { broken } = audit.verify();
  if (!broken) return;
  log.error(`The audit log of "${path}" is broken: ${broken.why}`);
  log.error("No action runs without a person's approval while it is broken. Check with: operator audit verify");
}
