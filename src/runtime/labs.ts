/** Finds the lab of a subject, loaded only when it is named. */

import { InvalidInputError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import type { FaultInfo, Lab } from "../deployments/lab.ts";
import { LABS } from "../subjects/labs.ts";

/**
 * The lab of a subject.
 * @throws {InvalidInputError} If it has none.
 */
export async function loadLab(subject: string): Promise<Lab> {
  const load = LABS.get(subject);
  if (load) return await load();
  throw new InvalidInputError(`Cannot find the lab of "${subject}", expected one of ${[...LABS.keys()].join(", ")}`);
}

/**
 * What is known of a fault.
 * @throws {InvalidInputError} If the lab has none of that name.
 */
export function faultOf({ subject, faults }: Lab, id: string): FaultInfo {
  const fault = faults.find((one) => one.id === id);
  if (fault) return fault;
  const message = `Cannot find fault "${id}" of ${subject}, expected one from "operator chaos list"`;
  throw new InvalidInputError(
    withSuggestion(
      message,
      id,
      faults.map((one) => one.id),
    ),
  );
}
