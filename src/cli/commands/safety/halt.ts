/** `operator halt` and `resume`: the kill switch. */

import * as v from "valibot";
import { resume as resumeIn } from "../../../actions/halt.ts";
import { type Database, haltFileOf } from "../../../database/mod.ts";
import { renderHead } from "../../../render/records/audit.ts";
import { renderHalting } from "../../../render/records/halt.ts";
import { haltedPath, openExisting, openToChange, type Place } from "../../../runtime/databases.ts";
import { byHand } from "../../../runtime/person.ts";
import { haltView } from "../../../runtime/views/halt.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { NO_INSTANCE, printJson } from "../../args/output.ts";

const REASON = { type: "string", description: "Why, for the record", default: "By hand" } as const;

/** Works whatever the database does; exits 1 only if neither the file nor the database could be written. */
export const halt: Runnable = command({
  name: "halt",
  args: { reason: REASON, ...STORED_ARGS },
  options: v.object({ reason: v.string(), ...StoredOptions }),
  async run({ reason, json, ...place }, { log }): Promise<ExitCode> {
    const report = renderHalting(haltView(haltedPath(place), byHand(reason)));
    if (json) printJson(NO_INSTANCE, report.data);
    for (const { level, text } of report.lines) log[level](text);
    return report.halted ? EXIT.done : EXIT.failed;
  },
});

/** Lifts the halt. */
export const resume: Runnable = command({
  name: "resume",
  args: { reason: REASON, ...STORED_ARGS },
  options: v.object({ reason: v.string(), ...StoredOptions }),
  async run({ reason, json, ...place }, { log }) {
    using database = openHalted(place);
    const wasHalted = database.safety.halted() !== undefined;
    if (wasHalted) resumeIn(database, byHand(reason));
    const head = database.audit.head();
    if (json) return printJson(NO_INSTANCE, { resumed: wasHalted, auditHead: head });
    if (!wasHalted) return log.info("Nothing is halted");
    log.info(`Resumed; every ladder is at observe; ${renderHead(head)}`);
    log.info("Raise a ladder with: operator ladder set approve");
  },
});

/** Without a database there is nothing in which to record that the halt was lifted. */
function openHalted(place: Place): Database {
  try {
    return openExisting(place);
  } catch (error) {
    const file = haltFileOf(haltedPath(place));
    if (!file.read()) return openToChange(place);
    throw new Error(`Cannot resume, and "${file.path}" halts until it is deleted`, { cause: error });
  }
}
