/** `operator actions list`, `show` and `history`: what is on record of action runs. */

import * as v from "valibot";
import { hasEnded } from "../../../../core/safety/action-run.ts";
import type { Database } from "../../../../database/mod.ts";
import { systemClock } from "../../../../io/clock.ts";
import { renderActionRun, renderActionRuns } from "../../../../render/records/action-run.ts";
import { openStored } from "../../../../runtime/databases.ts";
import { namedInstances, saidOfNone } from "../../../../runtime/instances.ts";
import { type ActionRunView, actionRunDetail, actionRunView } from "../../../../runtime/views/action-run.ts";
import { command, type Runnable } from "../../../args/command.ts";
import {
  INSTANCE_ARGS,
  InstanceOptions,
  Limit,
  RowId,
  STORED_ARGS,
  StoredOptions,
} from "../../../args/flags/stored-flags.ts";
import { printJson, printText } from "../../../args/output.ts";
import { found } from "../../../args/wording.ts";

const LIMIT = {
  type: "string",
  default: "100",
  description: "Newest actions at most, per instance",
  valueHint: "count",
} as const;

/** What waits, runs or is being verified, with why it waits and what a person can do about that. */
export const list: Runnable = command({
  name: "actions list",
  args: { all: { type: "boolean", description: "Include finished actions" }, ...INSTANCE_ARGS, ...STORED_ARGS },
  options: v.object({ all: v.optional(v.boolean(), false), ...InstanceOptions, ...StoredOptions }),
  async run({ all, json, ...place }, { log }) {
    using database = openStored(place);
    const views = await viewsOf(database, { ...place, isWanted: (ended) => all || !ended });
    if (json) return views.forEach((view) => printJson(view.instance, view));
    if (views.length === 0) {
      return log.info(saidOfNone(all ? "No action was ever proposed" : "No action waits or runs", database));
    }
    printText(
      views.map(({ instance }) => instance),
      ...renderActionRuns(views, systemClock.now()),
    );
    for (const advice of adviceOf(views)) log.info(advice);
  },
});

/** What is over, oldest first. */
export const history: Runnable = command({
  name: "actions history",
  args: { limit: LIMIT, ...INSTANCE_ARGS, ...STORED_ARGS },
  options: v.object({ limit: Limit, ...InstanceOptions, ...StoredOptions }),
  async run({ limit, json, ...place }, { log }) {
    using database = openStored(place);
    const views = (await viewsOf(database, { ...place, isWanted: (ended) => ended })).slice(-limit);
    if (json) return views.forEach((view) => printJson(view.instance, view));
    if (views.length === 0) return log.info("No action is over");
    printText(
      views.map(({ instance }) => instance),
      ...renderActionRuns(views, systemClock.now()),
    );
  },
});

/** One action, whole. */
export const show: Runnable = command({
  name: "actions show",
  args: { id: { type: "positional", description: "Number of the action" }, ...STORED_ARGS },
  options: v.object({ id: RowId, ...StoredOptions }),
  async run({ id, json, ...place }, { log }) {
    using database = openStored(place);
    const nowMs = systemClock.now();
    const view = found(actionRunDetail(database, id, nowMs), `action ${id}`, "operator actions list --all");
    if (json) return printJson(view.instance, view);
    printText(view.instance, ...renderActionRun(view, nowMs));
    if (view.advice !== undefined) log.info(view.advice);
  },
});

async function viewsOf(
  database: Database,
  { isWanted, ...choice }: Parameters<typeof namedInstances>[1] & { readonly isWanted: (ended: boolean) => boolean },
): Promise<readonly ActionRunView[]> {
  const nowMs = systemClock.now();
  const instances = await namedInstances(database, choice);
  return instances
    .flatMap(({ id }) => database.actionRuns.list({ instance: id }))
    .filter((run) => isWanted(hasEnded(run)))
    .map((run) => actionRunView(database, run, nowMs));
}

/** Each command once; of those that approve, the first. */
function adviceOf(views: readonly ActionRunView[]): readonly string[] {
  const first = new Map(
    views
      .flatMap(({ wait, advice }) => (wait && advice !== undefined ? [[wait.for, advice] as const] : []))
      .toReversed(),
  );
  return [...new Set(first.values())];
}
