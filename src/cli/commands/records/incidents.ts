/** `operator incidents`: what a watch has put together, why it came about and what was done. */

import * as v from "valibot";
import { Count } from "../../../core/text/units.ts";
import { systemClock } from "../../../io/clock.ts";
import { renderIncident, renderIncidents } from "../../../render/records/incident.ts";
import { openExisting } from "../../../runtime/databases.ts";
import { fittingInstances, nameOf } from "../../../runtime/instances.ts";
import { incidentView } from "../../../runtime/views/incident.ts";
import { command, type Runnable } from "../../args/command.ts";
import { INSTANCE_ARGS, InstanceOptions, RowId, STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { printJson, printText, terminalColumns } from "../../args/output.ts";
import { found } from "../../args/wording.ts";

/** Incidents that are not resolved, newest first; all of them on request. */
const list: Runnable = command({
  name: "incidents list",
  args: {
    all: { type: "boolean", description: "Resolved ones, too" },
    limit: {
      type: "string",
      default: "100",
      description: "Newest incidents at most, per instance",
      valueHint: "count",
    },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({ all: v.optional(v.boolean(), false), limit: Count, ...InstanceOptions, ...StoredOptions }),
  async run({ all, limit, json, ...place }, { log }) {
    using database = openExisting(place);
    const instances = fittingInstances(database, place);
    const chosen = instances.flatMap(({ id }) => database.incidents.list({ instance: id, unresolved: !all, limit }));
    if (json) return chosen.forEach(printJson);
    if (chosen.length === 0) return log.info(all ? "There is no incident" : "Every incident is resolved");
    printText(...renderIncidents(chosen, nameOf(instances), systemClock.now()));
  },
});

/** One incident with its timeline, its diagnosis and its evidence. */
const show: Runnable = command({
  name: "incidents show",
  args: { id: { type: "positional", description: "Number of the incident" }, ...STORED_ARGS },
  options: v.object({ id: RowId, ...StoredOptions }),
  async run({ id, json, ...place }) {
    using database = openExisting(place);
    const nowMs = systemClock.now();
    const view = found(incidentView(database, id, nowMs), `incident ${id}`, "operator incidents list");
    if (json) printJson(view);
    else printText(...renderIncident(view, { nowMs, columns: terminalColumns() }));
  },
});

/** The commands by name. */
export const incidents = { list, show } as const satisfies Readonly<Record<string, Runnable>>;
