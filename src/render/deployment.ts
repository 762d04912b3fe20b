/** A deployment as text. */

import type { DeployedComponent, ProcessStatus } from "../core/system/process.ts";
import { formatDurationMs } from "../core/text/units.ts";
import { type EmulatedMark, type InstanceName, titleOf } from "../core/words/instance.ts";
import { tableLines } from "./table.ts";
import { isoTime } from "./time.ts";

/** What is shown of a deployment. */
export interface ShownDeployment {
  readonly instance: InstanceName & EmulatedMark;
  /** Each with its process where the deployment knows of one. */
  readonly components: readonly (Pick<DeployedComponent, "id" | "address"> & Partial<ProcessStatus>)[];
  /** Where a person finds its secrets. */
  readonly secretsFolder: string | undefined;
  /** How it stands, in lines. */
  readonly standing: readonly string[];
}

/** Its name, a line per component, how it stands, and where its secrets are. */
export function renderDeployment(deployment: ShownDeployment, nowMs: number): readonly string[] {
  const { instance, components, secretsFolder, standing } = deployment;
  return [
    titleOf(instance),
    ...tableLines(components.map((component) => cellsOf(component, nowMs))).map((line) => `  ${line}`),
    ...standing.map((line) => `  ${line}`),
    ...(secretsFolder === undefined ? [] : [`  token and passwords are in ${secretsFolder}`]),
  ];
}

/** An instance that was not brought up here: its name, and how it stands. */
export function renderStored(instance: InstanceName & EmulatedMark, standing: readonly string[]): readonly string[] {
  return [titleOf(instance), "  no deployment of this home", ...standing.map((line) => `  ${line}`)];
}

function cellsOf(component: ShownDeployment["components"][number], nowMs: number): readonly string[] {
  const { id, address, state = "", pid, startedAtMs, exit } = component;
  if (pid !== undefined && startedAtMs !== undefined) {
    const upMs = Math.floor((nowMs - startedAtMs) / 1000) * 1000;
    return [id, address, state, `pid ${pid}, ${upMs > 0 ? `up ${formatDurationMs(upMs)}` : "just started"}`];
  }
  return [id, address, state, exit ? `${exit.signal ?? `code ${exit.code}`} at ${isoTime(exit.atMs)}` : ""];
}
