/** Finds the deployments of this machine. Looking ends nothing and removes nothing. */

import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { readPrivate } from "../../io/private.ts";
import type { Deployment } from "../deployment.ts";
import { LocalDeployment } from "./client.ts";
import { type Folder, folderNames, folderOf } from "./folder.ts";
import { takeDown, takeOver } from "./leftovers.ts";
import { Plan } from "./plan.ts";
import { describeTrouble, remedyOf, stateOf, type Trouble } from "./state.ts";

/** A deployment that cannot be used, or a folder in the place of one. */
export interface Unusable {
  readonly name: string;
  readonly state: Trouble["state"];
  /** A sentence, with the command that ends it where there is one. */
  readonly why: string;
  readonly command?: string;
}

/** What is in a home. */
export interface Survey {
  /** By name. */
  readonly running: readonly Deployment[];
  /** By name, too; folders of other programs are not among them. */
  readonly unusable: readonly Unusable[];
}

const StoredPlan = v.pipe(v.string(), v.parseJson(), Plan);

/**
 * Opens the deployment of that name or, without one, the only one that runs.
 * @throws {InvalidInputError} If several run and none is named.
 * @throws {Error} If it does not run.
 */
export async function openDeployment(home: string, name?: string): Promise<Deployment> {
  if (name !== undefined) {
    const { running, unusable } = look(folderOf(home, name));
    if (running) return running;
    const state = unusable?.why ?? 'it is not running, expected "operator up" before';
    throw new Error(`Cannot find deployment "${name}" in "${home}": ${state}`);
  }
  const { running, unusable } = await surveyDeployments(home);
  const [only, ...more] = running;
  if (only && more.length === 0) return only;
  if (only) throw new InvalidInputError(`Cannot choose a deployment: ${namesOf(running)} are running, expected --name`);
  const told = unusable.map(({ name, why }) => `; "${name}": ${why}`).join("");
  throw new Error(`Cannot find a deployment in "${home}": none is running, expected "operator up" before${told}`);
}

/** Every deployment that runs, by name. */
export async function listDeployments(home: string): Promise<readonly Deployment[]> {
  return (await surveyDeployments(home)).running;
}

/** Everything that was brought up in a home. */
export async function surveyDeployments(home: string): Promise<Survey> {
  const found = folderNames(home).map((name) => look(folderOf(home, name)));
  return {
    running: found.flatMap(({ running }) => running ?? []),
    unusable: found.flatMap(({ unusable }) => (unusable && unusable.state !== "foreign" ? [unusable] : [])),
  };
}

/** What stands in the way of using a deployment; `undefined` if it runs, or is down. */
export function unusableDeployment(home: string, name: string): Unusable | undefined {
  return look(folderOf(home, name)).unusable;
}

/**
 * Ends a deployment, or what a dead supervisor left of it.
 * @param options `takeOver` means that a person says that nobody holds it any more, wherever it seems to be held.
 * @throws {Error} If it is held elsewhere, or its folder is not ours.
 */
export async function endDeployment(
  home: string,
  name: string,
  options: { readonly takeOver: boolean },
): Promise<void> {
  const folder = folderOf(home, name);
  if (options.takeOver) await takeOver(folder);
  const now = stateOf(folder);
  if (now.state !== "down" && now.state !== "running" && now.state !== "dead") {
    throw new Error(`Cannot take "${name}" down in "${folder.path}": ${describeTrouble(folder, now)}`);
  }
  await takeDown(folder);
}

function look(folder: Folder): { readonly running?: Deployment; readonly unusable?: Unusable } {
  const now = stateOf(folder);
  if (now.state === "down") return {};
  if (now.state === "running") {
    const plan = v.safeParse(StoredPlan, readPrivate(folder.plan));
    return plan.success ? { running: new LocalDeployment(plan.output, folder) } : {}; // it only begins to come up
  }
  const command = remedyOf(folder, now);
  const { name } = folder;
  return {
    unusable: { name, state: now.state, why: describeTrouble(folder, now), ...(command !== undefined && { command }) },
  };
}

function namesOf(deployments: readonly Deployment[]): string {
  return deployments.map(({ id }) => id).join(", ");
}
