/** Selects the subject if none is named. */

import type { Survey, Unusable } from "../../deployments/driver.ts";
import { surveyDeployments } from "../../deployments/mod.ts";
import { subjectIds } from "./subjects.ts";

/** Where a subject may be found. */
export interface SearchedPlaces {
  /** Folder of the deployments. */
  readonly home: string;
  /** Name of the deployment; any if absent. */
  readonly name: string | undefined;
  /** Subjects to which settings point. */
  readonly pointedTo: readonly string[];
}

/** No subject was found, or several. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
  /** Ids of those that were found. */
  readonly found: readonly string[];
  /** Deployments that might have been meant. */
  readonly unusable: readonly Unusable[];
  /** Names of those that run, where another was named. */
  readonly running: readonly string[];

  constructor(found: readonly string[], { running, unusable, name }: Survey & { readonly name: string | undefined }) {
    super(`Cannot choose a subject: found ${found.length === 0 ? "none" : found.join(" and ")}, expected one`);
    this.found = found;
    this.unusable = unusable.filter((one) => name === undefined || one.name === name);
    this.running = name === undefined ? [] : running.map(({ id }) => id);
  }
}

/**
 * The only subject to which a running deployment or settings point.
 * @throws {SelectionError} If there is not exactly one.
 */
export async function onlySubject(
  { home, name, pointedTo }: SearchedPlaces,
  survey = surveyDeployments,
): Promise<string> {
  const { running, unusable } = await survey(home);
  const fitting = running.filter(({ id }) => name === undefined || id === name);
  const known = fitting.map(({ subject }) => subject).filter((id) => subjectIds().includes(id));
  const found = [...new Set([...known, ...pointedTo])];
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  throw new SelectionError(found, { running, unusable, name });
}
