/** The instances of a database: which are meant, and how they are called. */

import { InvalidInputError } from "../core/text/errors.ts";
import type { Instance } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";

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
