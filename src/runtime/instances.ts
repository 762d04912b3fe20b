/** The instances of a database: which are meant, and how they are called. */

import { InvalidInputError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import type { Instance } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";
import { surveyDeployments } from "../deployments/mod.ts";
import { operatorHome } from "../io/files/home.ts";
import { loadSubject } from "./subjects/subjects.ts";

/** Which instances of a database are meant; all of them where nothing is said. */
export interface InstanceChoice {
  readonly subject?: string | undefined;
  readonly name?: string | undefined;
}

/** Those instances that fit. */
export function fittingInstances({ instances }: Database, { subject, name }: InstanceChoice): readonly Instance[] {
  return instances.list(subject).filter((instance) => name === undefined || instance.name === name);
}

/**
 * Those instances that fit. What is named must be there: an instance that is on record or runs in the home, a subject that
 * this operator knows.
 * @throws {InvalidInputError} If a name or a subject fits nothing.
 */
export async function namedInstances(
  database: Database,
  choice: InstanceChoice & { readonly home?: string | undefined },
): Promise<readonly Instance[]> {
  const fitting = fittingInstances(database, choice);
  const { subject, name } = choice;
  if (fitting.length > 0) return fitting;
  if (subject !== undefined && database.instances.list(subject).length === 0) await loadSubject(subject);
  if (name === undefined || (await isDeployed(choice.home, { subject, name }))) return [];
  const known = database.instances.list();
  const wanted = known.length > 0 ? `expected one of ${known.map(titleOf).join(", ")}` : "nothing was watched yet";
  const of = subject === undefined ? "" : ` of ${subject}`;
  const message = `Cannot find instance "${name}"${of} in "${database.path}", ${wanted}`;
  throw new InvalidInputError(
    withSuggestion(
      message,
      name,
      known.map((one) => one.name),
    ),
  );
}

/** It runs, and nobody has watched it yet. */
async function isDeployed(home: string | undefined, { subject, name }: InstanceChoice): Promise<boolean> {
  const { running, unusable } = await surveyDeployments(operatorHome(home));
  return (
    running.some((one) => one.id === name && (subject === undefined || one.subject === subject)) ||
    (subject === undefined && unusable.some((one) => one.name === name))
  );
}

/**
 * The one instance that fits.
 * @throws {InvalidInputError} If none or several do.
 */
export function oneInstance(database: Database, choice: InstanceChoice): Instance {
  const [only, ...more] = fittingInstances(database, choice);
  if (only && more.length === 0) return only;
  const known = (more.length > 0 ? fittingInstances(database, choice) : database.instances.list()).map(titleOf);
  const wanted = known.length > 0 ? `expected the subject and the name of one of ${known.join(", ")}` : "it holds none";
  const state = more.length > 0 ? "several fit" : "none fits";
  throw new InvalidInputError(`Cannot choose an instance of "${database.path}": ${state}, ${wanted}`);
}

/** The instance that a row belongs to. */
export function instanceOf({ instances }: Database, { instance }: { readonly instance: number }): Instance {
  return instances.get(instance) ?? { id: instance, subject: "unknown", name: "unknown" };
}

/** Names the instance of a row. */
export function nameOf(instances: readonly Instance[]): (row: { readonly instance: number }) => string {
  const titles = new Map(instances.map((instance) => [instance.id, titleOf(instance)]));
  return ({ instance }) => titles.get(instance) ?? String(instance);
}

/** How an instance is called in front of people: its name, and the subject where that is another word. */
export function titleOf({ subject, name }: Pick<Instance, "subject" | "name">): string {
  return subject === name ? name : `${subject} ${name}`;
}
