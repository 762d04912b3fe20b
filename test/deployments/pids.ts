/** Processes of deployments under test. */

import { type Deployment, powerOf } from "../../src/deployments/deployment.ts";
import type { Folder } from "../../src/deployments/local/folder/folder.ts";
import { readMarker } from "../../src/deployments/local/folder/marker.ts";
import { lookAtProcess, type ProcessIdentity } from "../../src/io/system/process.ts";

/** Those that live. */
export function alive(pids: readonly number[]): readonly number[] {
  return pids.filter((pid) => lookAtProcess(pid) !== undefined);
}

/** Of all components. */
export async function pidsOf(deployment: Deployment): Promise<readonly number[]> {
  return (await powerOf(deployment, "processes").list()).flatMap(({ pid }) => pid ?? []);
}

/** The process that holds a deployment. */
export function supervisorOf(folder: Pick<Folder, "marker">): ProcessIdentity {
  const supervisor = readMarker(folder.marker)?.supervisor;
  if (!supervisor) throw new Error("Cannot find the supervisor");
  return supervisor;
}
