/** The driver that runs deployments as processes of this machine. */

import * as v from "valibot";
import { readPrivate } from "../../io/files/private.ts";
import type { Driver, EndOptions, Found, Survey } from "../driver.ts";
import { LocalDeployment } from "./client.ts";
import { type Folder, folderNames, folderOf } from "./folder/folder.ts";
import { takeDown, takeOver } from "./folder/leftovers.ts";
import { describeTrouble, remedyOf, stateOf } from "./folder/state.ts";
import { Plan } from "./plan.ts";
import { upLocal } from "./up.ts";

const StoredPlan = v.pipe(v.string(), v.parseJson(), Plan);

/** Runs every component as a process, under a supervisor that outlives the command. */
export const localDriver: Driver = {
  runs: ({ local }) => local !== undefined,
  find: async (home, name) => look(folderOf(home, name)),
  survey,
  up: upLocal,
  end,
};

async function survey(home: string): Promise<Survey> {
  const found = folderNames(home).map((name) => look(folderOf(home, name)));
  return {
    running: found.flatMap(({ running }) => running ?? []),
    unusable: found.flatMap(({ unusable }) => (unusable && unusable.state !== "foreign" ? [unusable] : [])),
  };
}

async function end(home: string, name: string, options: EndOptions): Promise<void> {
  const folder = folderOf(home, name);
  if (options.takeOver) await takeOver(folder);
  const now = stateOf(folder);
  if (now.state !== "down" && now.state !== "running" && now.state !== "dead") {
    throw new Error(`Cannot take "${name}" down in "${folder.path}": ${describeTrouble(folder, now)}`);
  }
  await takeDown(folder);
}

function look(folder: Folder): Found {
  const now = stateOf(folder);
  if (now.state === "down") return {};
  if (now.state === "running") {
    const plan = v.safeParse(StoredPlan, readPrivate(folder.plan));
    return plan.success ? { running: new LocalDeployment(plan.output, folder) } : {}; // it is still starting
  }
  const command = remedyOf(folder, now);
  const { name } = folder;
  return {
    unusable: { name, state: now.state, why: describeTrouble(folder, now), ...(command !== undefined && { command }) },
  };
}
