/** `operator incidents`: what a watch has put together, why it came about and what was done. */

import { writeFileSync } from "node:fs";
import * as v from "valibot";
import { writeBundle } from "../../../agent/replay/bundle.ts";
import { InvalidInputError, UsageError } from "../../../core/text/errors.ts";
import { systemClock } from "../../../io/clock.ts";
import { renderIncident, renderIncidents } from "../../../render/records/incident.ts";
import { renderMarkdown } from "../../../render/report/markdown.ts";
import { renderPage } from "../../../render/report/page.ts";
import { openStored, openToChange } from "../../../runtime/databases.ts";
import {
  investigateIncident,
  mergeIncidents,
  noteIncident,
  resolveIncident,
  splitIncident,
} from "../../../runtime/incident-steps.ts";
import { instanceOf, instancesOf, namedInstances, nameOf, saidOfNone } from "../../../runtime/instances.ts";
import { bundleOf, instanceOfIncident } from "../../../runtime/investigations.ts";
import { byHand } from "../../../runtime/person.ts";
import { incidentView } from "../../../runtime/views/incident.ts";
import { listedIncidents, severityOf } from "../../../runtime/views/lists.ts";
import { command, type Runnable } from "../../args/command.ts";
import {
  INSTANCE_ARGS,
  InstanceOptions,
  Limit,
  PLACE_ARGS,
  PlaceOptions,
  RowId,
  RowIds,
  STORED_ARGS,
  StoredOptions,
} from "../../args/flags/stored-flags.ts";
import { printJson, printPage, printReport, printText, talkOf, terminalColumns } from "../../args/output.ts";
import { found } from "../../args/wording.ts";

/** Incidents that are not resolved, the most urgent first; all of them on request. */
const list: Runnable = command({
  name: "incidents list",
  args: {
    all: { type: "boolean", description: "Include resolved ones" },
    limit: {
      type: "string",
      default: "100",
      description: "Newest incidents at most, per instance",
      valueHint: "count",
    },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({ all: v.optional(v.boolean(), false), limit: Limit, ...InstanceOptions, ...StoredOptions }),
  async run({ all, limit, json, ...place }, { log }) {
    using database = openStored(place);
    const instances = await namedInstances(database, place);
    const nowMs = systemClock.now();
    const chosen = listedIncidents(database, { instances, nowMs }, { unresolved: !all, limit });
    if (json)
      return chosen.forEach((one) =>
        printJson(instanceOf(database, one.incident), { ...one.incident, severity: severityOf(one) }),
      );
    if (chosen.length === 0)
      return log.info(saidOfNone(all ? "There is no incident" : "No incident is open", database));
    printText(
      instancesOf(
        database,
        chosen.map(({ incident }) => incident),
      ),
      ...renderIncidents(chosen, nameOf(instances), nowMs),
    );
  },
});

/** One incident with its timeline, its diagnosis and its evidence. */
const show: Runnable = command({
  name: "incidents show",
  args: {
    id: { type: "positional", description: "Number of the incident" },
    html: { type: "boolean", description: "As a report in HTML, one file with charts and without scripts" },
    markdown: { type: "boolean", description: "As a report in Markdown" },
    ...STORED_ARGS,
  },
  options: v.object({
    id: RowId,
    html: v.optional(v.boolean(), false),
    markdown: v.optional(v.boolean(), false),
    ...StoredOptions,
  }),
  async run({ id, json, html, markdown, ...place }) {
    const [format, other] = Object.entries({ json, html, markdown }).flatMap(([name, wanted]) =>
      wanted ? [name] : [],
    );
    if (other !== undefined) throw new UsageError(`Cannot use --${other} with --${format}, expected one of them`);
    using database = openStored(place);
    const nowMs = systemClock.now();
    const view = found(await incidentView(database, id, nowMs), `incident ${id}`, "operator incidents list --all");
    if (json) printJson(view.instance, view);
    else if (html) printPage(renderPage(view, nowMs));
    else if (markdown) printReport(view.instance, renderMarkdown(view, nowMs));
    else printText(view.instance, ...renderIncident(view, { nowMs, columns: terminalColumns() }));
  },
});

const ID_ARG = { id: { type: "positional", description: "Number of the incident" } } as const;
const REASON_ARG = { reason: { type: "string", description: "Why, for the record", default: "By hand" } } as const;

const investigate: Runnable = command({
  name: "incidents investigate",
  args: { ...ID_ARG, ...REASON_ARG, ...STORED_ARGS },
  options: v.object({ id: RowId, reason: v.string(), ...StoredOptions }),
  async run({ id, reason, json, ...place }, { log }) {
    using database = openToChange(place);
    const incident = investigateIncident(database, id, byHand(reason));
    const instance = instanceOf(database, incident);
    if (json) printJson(instance, incident);
    else talkOf(instance, log).info(`Incident ${id} is ${incident.state}: a running operator agent looks at it again`);
  },
});

const merge: Runnable = command({
  name: "incidents merge",
  args: {
    ...ID_ARG,
    into: { type: "string", description: "Number of the incident to merge into", required: true, valueHint: "id" },
    ...REASON_ARG,
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, into: RowId, reason: v.string(), ...StoredOptions }),
  async run({ id, into, reason, json, ...place }, { log }) {
    using database = openToChange(place);
    const incident = mergeIncidents(database, { id, into }, byHand(reason));
    const instance = instanceOf(database, incident);
    if (json) printJson(instance, incident);
    else talkOf(instance, log).info(`Incident ${id} is resolved: its tickets are in incident ${into} now`);
  },
});

const split: Runnable = command({
  name: "incidents split",
  args: {
    ...ID_ARG,
    tickets: { type: "string", description: "Numbers of the tickets, as in 3,4", required: true, valueHint: "ids" },
    ...REASON_ARG,
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, tickets: RowIds, reason: v.string(), ...StoredOptions }),
  async run({ id, tickets, reason, json, ...place }, { log }) {
    using database = openToChange(place);
    const incident = splitIncident(database, { id, tickets }, byHand(reason));
    const instance = instanceOf(database, incident);
    if (json) printJson(instance, incident);
    else talkOf(instance, log).info(`Incident ${incident.id} has them now: ${incident.title}`);
  },
});

const resolve: Runnable = command({
  name: "incidents resolve",
  args: { ...ID_ARG, ...REASON_ARG, ...STORED_ARGS },
  options: v.object({ id: RowId, reason: v.string(), ...StoredOptions }),
  async run({ id, reason, json, ...place }, { log }) {
    using database = openToChange(place);
    const incident = resolveIncident(database, id, byHand(reason));
    const instance = instanceOf(database, incident);
    if (json) printJson(instance, incident);
    else talkOf(instance, log).info(`Incident ${id} is resolved: ${incident.title}`);
  },
});

const note: Runnable = command({
  name: "incidents note",
  args: {
    ...ID_ARG,
    text: { type: "positional", description: "Text of the note" },
    ...STORED_ARGS,
  },
  options: v.object({ id: RowId, text: v.string(), ...StoredOptions }),
  async run({ id, text, json, ...place }, { log }) {
    using database = openToChange(place);
    const incident = noteIncident(database, id, byHand(text));
    const instance = instanceOf(database, incident);
    if (json) printJson(instance, incident);
    else talkOf(instance, log).info(`Noted on incident ${id}`);
  },
});

/** One file that holds an incident and an investigation of it: for a bug report, or for `operator replay` elsewhere. */
const exportBundle: Runnable = command({
  name: "incidents export",
  args: {
    ...ID_ARG,
    bundle: { type: "boolean", description: "As a bundle: case, steps and diagnosis in one JSON file" },
    out: { type: "string", description: "File to write; stdout without it", valueHint: "file" },
    investigation: {
      type: "string",
      description: "Number of one of its investigations; the newest without it",
      valueHint: "id",
    },
    ...PLACE_ARGS,
  },
  options: v.object({
    id: RowId,
    bundle: v.literal(true, "Name a format: --bundle is the only one"),
    out: v.optional(v.string()),
    investigation: v.optional(RowId),
    ...PlaceOptions,
  }),
  async run({ id, out, investigation, bundle: _bundle, ...place }, { log }) {
    using database = openStored(place);
    const bundle = bundleOf(database, id, investigation);
    const instance = instanceOfIncident(database, id);
    if (out === undefined) return printJson(instance, bundle);
    write(out, writeBundle(bundle));
    talkOf(instance, log).info(
      `Wrote incident ${id} to "${out}". Secrets are redacted; look through it before you send it on`,
    );
  },
});

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new InvalidInputError(`Cannot write "${file}"`, { cause });
  }
}

/** The commands by name. */
export const incidents = {
  list,
  show,
  investigate,
  merge,
  split,
  resolve,
  note,
  export: exportBundle,
} as const satisfies Readonly<Record<string, Runnable>>;
