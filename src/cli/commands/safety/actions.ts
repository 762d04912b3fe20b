/** `operator actions`: what has been proposed, a person's yes or no, and doing it in the foreground. */

import * as v from "valibot";
import { approve as approveAction, reject as rejectAction } from "../../../actions/control.ts";
import type { Proposal } from "../../../core/safety/proposal.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import { systemClock } from "../../../io/clock.ts";
import { renderHead } from "../../../render/records/audit.ts";
import { renderActions, renderDone } from "../../../render/records/proposal.ts";
import { openExisting } from "../../../runtime/databases.ts";
import { fittingInstances } from "../../../runtime/instances.ts";
import { executeAll } from "../../../runtime/operate.ts";
import { byHand } from "../../../runtime/person.ts";
import { openSubject } from "../../../runtime/subjects/open-subject.ts";
import { resolveTarget } from "../../../runtime/subjects/resolve-subject.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { INSTANCE_ARGS, InstanceOptions, RowId, STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../args/flags/subject-flags.ts";
import { printJson, printText } from "../../args/output.ts";
import { selectedSubjects } from "../../args/settings/selected-subjects.ts";
import { tellBrokenAudit } from "../../args/wording.ts";

const list: Runnable = command({
  name: "actions list",
  args: { all: { type: "boolean", description: "Those that are over, too" }, ...INSTANCE_ARGS, ...STORED_ARGS },
  options: v.object({ all: v.optional(v.boolean(), false), ...InstanceOptions, ...StoredOptions }),
  async run({ all, json, ...place }, { log }) {
    using database = openExisting(place);
    const proposals = fittingInstances(database, place)
      .flatMap(({ id }) => database.proposals.list({ instance: id }))
      .filter(({ state }) => all || state === "pending" || state === "running");
    if (json) return proposals.forEach(printJson);
    if (proposals.length === 0) return log.info(all ? "Nothing was ever proposed" : "No action waits or runs");
    printText(...renderActions(proposals, systemClock.now()));
    const waiting = proposals.find(({ state }) => state === "pending");
    if (waiting) log.info(`"operator actions approve ${waiting.id}" says yes to action ${waiting.id}`);
  },
});

const approve: Runnable = command({
  name: "actions approve",
  args: {
    id: { type: "positional", description: "Number of the action" },
    reason: { type: "string", description: "Why, for the record", default: "By hand" },
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, reason: v.string(), ...StoredOptions }),
  async run({ id, reason, json, ...place }, { log }) {
    using database = openExisting(place);
    const approval = approveAction(database, id, byHand(reason));
    if (json) return printJson({ ...approval, auditHead: database.audit.head() });
    const goodFor = formatDurationMs(approval.expiresAtMs - approval.atMs);
    log.info(
      `Approved for ${goodFor}; a running "operator agent" runs it, and so does "operator actions run"; ${renderHead(database.audit.head())}`,
    );
  },
});

const reject: Runnable = command({
  name: "actions reject",
  args: {
    id: { type: "positional", description: "Number of the action" },
    why: { type: "string", description: "Why, for the record", valueHint: "reason" },
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, why: v.string(), ...StoredOptions }),
  async run({ id, why, json, ...place }, { log }) {
    using database = openExisting(place);
    const rejected = rejectAction(database, id, byHand(why));
    if (json) return printJson({ ...rejected, auditHead: database.audit.head() });
    log.info(`Rejected action ${id}; incident ${rejected.incident} is escalated; ${renderHead(database.audit.head())}`);
  },
});

const run: Runnable = command({
  name: "actions run",
  repeatable: REPEATABLE,
  onlyTyped: ONLY_TYPED,
  args: SUBJECT_ARGS,
  options: v.object(SubjectOptions),
  async run(options, { configuration, log, signal }) {
    const wanted = await selectedSubjects(options, configuration);
    using database = openExisting(options);
    tellBrokenAudit(database);
    let failed = false;
    for (const one of wanted) {
      await using opened = await openSubject(await resolveTarget(one), { database, clock: systemClock });
      const onWorked = (proposal: Proposal): void => {
        failed ||= proposal.state !== "verified" && proposal.state !== "helped";
        printText(`${renderDone(proposal)}; ${renderHead(database.audit.head())}`);
      };
      await executeAll(opened, { onWorked }, signal);
    }
    log.info("Nothing more may be fired");
    return failed ? EXIT.failed : EXIT.done;
  },
});

/** The commands by name. */
export const actions = { list, approve, reject, run } as const satisfies Readonly<Record<string, Runnable>>;
