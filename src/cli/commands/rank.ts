/** `operator rank`: which component of a table of series the trouble came from, by how much and how early each moved. */

import * as v from "valibot";
import { readTime } from "../../core/diagnosis/ranking/times.ts";
import { UsageError } from "../../core/text/errors.ts";
import { DurationMs } from "../../core/text/units.ts";
import { renderRanking } from "../../render/ranking.ts";
import { rankFile } from "../../runtime/rank.ts";
import { command, type Runnable } from "../args/command.ts";
import { Limit } from "../args/flags/stored-flags.ts";
import { NO_INSTANCE, printJson, printText } from "../args/output.ts";

/** A number of some unit, or a date. */
const Moment = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const atMs = readTime(dataset.value);
    if (atMs !== undefined) return atMs;
    addIssue({
      message: `Cannot read time "${dataset.value}", expected a number of seconds or a date such as 2026-01-31T12:00:00Z`,
    });
    return NEVER;
  }),
);

/** Prints components with the evidence for each, and how far the ranking is to be trusted. */
export const rank: Runnable = command({
  name: "rank",
  repeatable: ["ignore", "outside"],
  args: {
    file: {
      type: "positional",
      description: "CSV or JSON: a column of times, and one column component_metric per series",
      valueHint: "csv-or-json",
    },
    at: { type: "string", description: "Time at which the trouble began; detected by default", valueHint: "time" },
    search: {
      type: "string",
      description: "Search for the onset in this time before --at",
      valueHint: "duration",
    },
    for: {
      type: "string",
      default: "10m",
      description: "Time after the onset that is scored",
      valueHint: "duration",
    },
    edges: { type: "string", description: "CSV with the columns caller and callee, or JSON pairs", valueHint: "file" },
    symptom: { type: "string", description: "Component on which the trouble was noticed", valueHint: "component" },
    signal: { type: "enum", options: ["latency", "error"], description: "Signal in which the trouble was noticed" },
    outside: {
      type: "string",
      description:
        "Components outside the system, or callers' views of others, * for any text; repeatable. By default names that end in _remote or _client, URLs and host names",
      valueHint: "pattern",
    },
    time: {
      type: "string",
      description: "Column of times; by default the one called time or timestamp",
      valueHint: "column",
    },
    separator: {
      type: "string",
      default: "_",
      description: "Separator between component and metric",
      valueHint: "text",
    },
    ignore: { type: "string", description: "Column to ignore; repeatable", valueHint: "column" },
    top: { type: "string", default: "10", description: "Number of components to print", valueHint: "count" },
    json: { type: "boolean", description: "Print the whole ranking as JSON" },
  },
  options: v.object({
    file: v.string(),
    at: v.optional(Moment),
    search: v.optional(DurationMs),
    for: DurationMs,
    edges: v.optional(v.string()),
    symptom: v.optional(v.string()),
    signal: v.optional(v.picklist(["latency", "error"])),
    outside: v.optional(v.array(v.string())),
    time: v.optional(v.string()),
    separator: v.pipe(v.string(), v.nonEmpty()),
    ignore: v.optional(v.array(v.string())),
    top: Limit,
    json: v.optional(v.boolean(), false),
  }),
  async run({ at, search, for: windowMs, symptom, signal, top, json, ...request }) {
    if (signal !== undefined && symptom === undefined) throw new UsageError("Cannot use --signal without --symptom");
    if (search !== undefined && at === undefined) throw new UsageError("Cannot use --search without --at");
    const noticed = symptom === undefined ? undefined : { component: symptom, ...(signal && { signal }) };
    const ranking = rankFile({ ...request, onsetMs: at, searchMs: search, windowMs, symptom: noticed });
    if (json) printJson(NO_INSTANCE, ranking);
    else printText(NO_INSTANCE, ...renderRanking(ranking, top));
  },
});
