/** Finds the deployments that run on this machine. What dead supervisors left is ended on the way. */

import * as v from "valibot";
import { InvalidInputError } from "../../core/errors.ts";
import { readIfThere } from "../../io/file.ts";
import type { Deployment } from "../deployment.ts";
import { LocalDeployment } from "./client.ts";
import { type Folder, folderNames, folderOf } from "./folder.ts";
import { sweep } from "./leftovers.ts";
import { lockHolder } from "./lock.ts";
import { Plan } from "./plan.ts";

const StoredPlan = v.pipe(v.string(), v.parseJson(), Plan);

/**
 * Opens the deployment of that name or, without one, the only one that runs.
 * @throws {InvalidInputError} If several run and none is named.
 * @throws {Error} If it does not run.
 */
export async function openDeployment(home: string, name?: string): Promise<Deployment> {
  if (name !== undefined) {
    const deployment = await openFolder(folderOf(home, name));
    if (deployment) return deployment;
    throw new Error(`Cannot find deployment "${name}" in "${home}": it is not running, expected "operator up" before`);
  }
  const [only, ...more] = await listDeployments(home);
  if (!only) throw new Error(`Cannot find a deployment in "${home}": none is running, expected "operator up" before`);
  if (more.length === 0) return only;
  const names = [only, ...more].map(({ id }) => id).join(", ");
  throw new InvalidInputError(`Cannot choose a deployment: ${names} are running, expected --name`);
}

/** Every deployment that runs, by name. */
export async function listDeployments(home: string): Promise<readonly Deployment[]> {
  const found = await Promise.all(folderNames(home).map((name) => openFolder(folderOf(home, name))));
  return found.filter((deployment) => deployment !== undefined);
}

async function openFolder(folder: Folder): Promise<Deployment | undefined> {
  await sweep(folder);
  if (!lockHolder(folder.lock)) return undefined;
  const plan = v.safeParse(StoredPlan, readIfThere(folder.plan));
  return plan.success ? new LocalDeployment(plan.output, folder) : undefined;
}
