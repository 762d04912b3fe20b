/** `operator transcript`: every step of an investigation. */

import * as v from "valibot";
import { renderTranscript } from "../../../render/records/transcript.ts";
import { openStored } from "../../../runtime/databases.ts";
import { instanceOfIncident, investigationOf } from "../../../runtime/investigations.ts";
import { command, type Runnable } from "../../args/command.ts";
import { RowId, STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { printJson, printText } from "../../args/output.ts";

/** Prints the newest investigation of an incident, or the one that is named. */
export const transcript: Runnable = command({
  name: "transcript",
  args: {
    incident: { type: "positional", description: "Number of the incident" },
    investigation: {
      type: "string",
      description: "Number of one of its investigations; the newest without it",
      valueHint: "id",
    },
    whole: { type: "boolean", description: "Print every request and result in full" },
    ...STORED_ARGS,
  },
  options: v.object({
    incident: RowId,
    investigation: v.optional(RowId),
    whole: v.optional(v.boolean(), false),
    ...StoredOptions,
  }),
  async run({ incident, investigation, whole, json, ...place }) {
    using database = openStored(place);
    const chosen = investigationOf(database, incident, investigation);
    const steps = database.investigations.steps(chosen.id);
    const instance = instanceOfIncident(database, incident);
    if (!json) return printText(instance, ...renderTranscript(chosen, steps, { whole, instance }));
    printJson(instance, chosen);
    steps.forEach((step) => printJson(instance, step));
  },
});
