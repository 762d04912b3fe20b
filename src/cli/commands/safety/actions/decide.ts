/** `operator actions approve`, `reject` and `cancel`: what a person decides on one action. */

import * as v from "valibot";
import {
  approvalRefusal,
  approve as approveRun,
  cancel as cancelRun,
  reject as rejectRun,
} from "../../../../actions/control.ts";
import { incidentOf } from "../../../../core/safety/action-run.ts";
import { formatDurationMs } from "../../../../core/text/units.ts";
import { executorLease } from "../../../../core/words/lease.ts";
import type { Database } from "../../../../database/mod.ts";
import { systemClock } from "../../../../io/clock.ts";
import { renderActionRun } from "../../../../render/records/action-run.ts";
import { renderHead } from "../../../../render/records/audit.ts";
import { openToChange } from "../../../../runtime/databases.ts";
import { instanceOf } from "../../../../runtime/instances.ts";
import { byHand } from "../../../../runtime/person.ts";
import { actionRunDetail } from "../../../../runtime/views/action-run.ts";
import { command, type Runnable } from "../../../args/command.ts";
import { confirm } from "../../../args/confirm.ts";
import { EXIT } from "../../../args/exit-code.ts";
import { RowId, STORED_ARGS, StoredOptions } from "../../../args/flags/stored-flags.ts";
import { printJson, printText, talkOf } from "../../../args/output.ts";

const ID = { type: "positional", description: "Number of the action" } as const;
const WHY = { type: "string", description: "Why, for the record", valueHint: "reason" } as const;

/** Shows the whole action, asks, and approves exactly what was shown. */
export const approve: Runnable = command({
  name: "actions approve",
  args: {
    id: ID,
    reason: { ...WHY, default: "By hand" },
    yes: { type: "boolean", description: "Do not ask" },
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, reason: v.string(), yes: v.optional(v.boolean(), false), ...StoredOptions }),
  async run({ id, reason, yes, json, ...place }, { log, signal }) {
    using database = openToChange(place);
    const nowMs = systemClock.now();
    const view = approvalRefusal(database, id, nowMs) === undefined ? actionRunDetail(database, id, nowMs) : undefined;
    if (view && !json) printText(view.instance, ...renderActionRun(view, nowMs));
    if (view && !yes && !(await confirm(`Approve action ${id}?`, signal))) {
      talkOf(view.instance, log).info(`Action ${id} is not approved`);
      return EXIT.failed;
    }
    const approval = approveRun(database, id, { ...byHand(reason), ...(view && { digest: view.run.digest }) });
    if (json) return printJson(view?.instance, { ...approval, auditHead: database.audit.head() });
    const goodFor = formatDurationMs(approval.expiresAtMs - approval.atMs);
    talkOf(view?.instance, log).info(
      `Approved for ${goodFor}; ${runnerWords(database, view?.run.instance)}; ${renderHead(database.audit.head())}`,
    );
  },
});

/** Its incident is a person's then. */
export const reject: Runnable = command({
  name: "actions reject",
  args: { id: ID, why: WHY, ...STORED_ARGS },
  options: v.object({ id: RowId, why: v.string(), ...StoredOptions }),
  async run({ id, why, json, ...place }, { log }) {
    using database = openToChange(place);
    const run = rejectRun(database, id, byHand(why));
    const instance = instanceOf(database, run);
    if (json) return printJson(instance, { ...run, auditHead: database.audit.head() });
    const incident = incidentOf(run);
    const escalated = incident === undefined ? "" : `; incident ${incident} is escalated`;
    talkOf(instance, log).info(`Rejected action ${id}${escalated}; ${renderHead(database.audit.head())}`);
  },
});

/** Unlike a rejection it says nothing against proposing the same again. */
export const cancel: Runnable = command({
  name: "actions cancel",
  args: { id: ID, reason: { ...WHY, default: "By hand" }, ...STORED_ARGS },
  options: v.object({ id: RowId, reason: v.string(), ...StoredOptions }),
  async run({ id, reason, json, ...place }, { log }) {
    using database = openToChange(place);
    const run = cancelRun(database, id, byHand(reason));
    const instance = instanceOf(database, run);
    if (json) return printJson(instance, { ...run, auditHead: database.audit.head() });
    talkOf(instance, log).info(`Cancelled action ${id}; ${renderHead(database.audit.head())}`);
  },
});

/** Who carries it out. */
function runnerWords(database: Database, instance: number | undefined): string {
  const lease =
    instance === undefined ? undefined : database.leases.current(executorLease(instance), systemClock.now());
  if (lease) return `${lease.holder} runs it`;
  return 'no "operator agent" is running, so carry it out with: operator actions run';
}
