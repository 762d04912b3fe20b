/** The instances of a database: selecting and naming them. */

import { InvalidInputError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import { type EmulatedMark, type Instance, type InstanceName, titleOf } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";
import { instanceOf as deployedInstance } from "../deployments/deployment.ts";
import { surveyDeployments } from "../deployments/mod.ts";
import { operatorHome } from "../io/files/home.ts";
import { loadSubject } from "./subjects/subjects.ts";

/** Selects instances of a database; all by default. */
export interface InstanceChoice {
  readonly subject?: string | undefined;
  readonly name?: string | undefined;
}

/** The selected instances. */
export function fittingInstances({ instances }: Database, { subject, name }: InstanceChoice): readonly Instance[] {
  return instances.list(subject).filter((instance) => name === undefined || instance.name === name);
}

/**
 * The selected instances. A named instance must be recorded or run in the home, and a named subject must be known.
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

/** The message for an empty list, which also says if nothing was watched yet. */
export function saidOfNone(sentence: string, { instances, path }: Database): string {
  return instances.list().length > 0 ? sentence : `${sentence}: nothing was watched yet in "${path}"`;
}

/** It runs, but was not watched yet. */
async function isDeployed(home: string | undefined, { subject, name }: InstanceChoice): Promise<boolean> {
  const { running, unusable } = await surveyDeployments(operatorHome(home));
  return (
    running.some((one) => one.id === name && (subject === undefined || one.subject === subject)) ||
    (subject === undefined && unusable.some((one) => one.name === name))
  );
}

/**
 * The name of the only selected instance and its mark, among those that are recorded and those that run in the home and were not
 * watched yet.
 * @throws {InvalidInputError} If none or several do.
 */
export async function oneInstanceName(
  database: Database,
  { home, ...choice }: InstanceChoice & { readonly home?: string | undefined },
): Promise<InstanceName & EmulatedMark> {
  const { running } = await surveyDeployments(operatorHome(home));
  const recorded = database.instances.list().map(({ id: _id, ...named }) => named);
  const known = new Map<string, InstanceName & EmulatedMark>(
    [...recorded, ...running.map(deployedInstance)].map((one) => {
      return [titleOf({ subject: one.subject, name: one.name }), one] as const;
    }),
  );
  const [only, ...more] = [...known.values()].filter((one) => fits(one, choice));
  if (only && more.length === 0) return only;
  if (known.size === 0) {
    throw new InvalidInputError(
      `No instance is known in "${database.path}": bring one up with operator up, or watch one with operator watch`,
    );
  }
  const titles = [only, ...more].flatMap((one) => (one ? [titleOf(one)] : []));
  throw new InvalidInputError(
    only
      ? `Several instances fit: ${titles.join(", ")}; choose one by --subject and --name`
      : `No instance fits: expected the --subject and --name of one of ${[...known.keys()].join(", ")}`,
  );
}

function fits({ subject, name }: InstanceName, choice: InstanceChoice): boolean {
  return (
    (choice.subject === undefined || choice.subject === subject) && (choice.name === undefined || choice.name === name)
  );
}

/** The instance that a row belongs to. */
export function instanceOf({ instances }: Database, { instance }: { readonly instance: number }): Instance {
  return instances.get(instance) ?? { id: instance, subject: "unknown", name: "unknown" };
}

/** The name of a row's instance. */
export function nameOf(instances: readonly Instance[]): (row: { readonly instance: number }) => string {
  const titles = new Map(instances.map((instance) => [instance.id, titleOf(instance)]));
  return ({ instance }) => titles.get(instance) ?? String(instance);
}

/** The instances of rows, each once; some rows have none. */
export function instancesOf(
  database: Database,
  rows: readonly { readonly instance?: number | undefined }[],
): readonly Instance[] {
  const ids = new Set(rows.flatMap(({ instance }) => (instance === undefined ? [] : [instance])));
  return [...ids].map((instance) => instanceOf(database, { instance }));
}
