/** The registered labs. Each is loaded only when its subject is named. */

import { InvalidInputError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";
import type { Deployment } from "../../deployments/deployment.ts";
import type { FaultInfo, Lab } from "../../deployments/lab.ts";
import { LABS } from "../../subjects/labs.ts";

/** The subjects that have a lab. */
export function labIds(): readonly string[] {
  return [...LABS.keys()];
}

/**
 * The lab of a subject.
 * @throws {InvalidInputError} If it has none.
 */
export async function loadLab(subject: string): Promise<Lab> {
  const load = LABS.get(subject);
  if (load) return await load();
  const message = `Cannot find the lab of "${subject}", expected one of ${labIds().join(", ")}`;
  throw new InvalidInputError(withSuggestion(message, subject, labIds()));
}

/** The configuration of the subject for what a deployment runs. */
export async function endpointsOf(deployment: Deployment): Promise<unknown> {
  return (await loadLab(deployment.subject)).endpoints(deployment);
}

/**
 * Information on a fault.
 * @throws {InvalidInputError} If the lab has none of that name.
 */
export function faultOf({ subject, faults }: Lab, id: string): FaultInfo {
  const fault = faults.find((one) => one.id === id);
  if (fault) return fault;
  const known = faults.map((one) => one.id);
  const message = `Cannot find fault "${id}" of ${subject}, expected one of ${known.join(", ")}`;
  throw new InvalidInputError(withSuggestion(message, id, known));
}
