/** Finds out which subjects are meant, and loads those and no others. */

import { type Configuration, defaultConfigFile } from "../cli/args/config-file.ts";
import type { SubjectChoice } from "../cli/args/subject-flags.ts";
import { pointsTo } from "../cli/args/subject-settings.ts";
import type { Subject } from "../core/subject/subject.ts";
import { UsageError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import type { Unusable } from "../deployments/driver.ts";
import { surveyDeployments } from "../deployments/mod.ts";
import { operatorHome } from "../io/home.ts";
import { SUBJECTS } from "../subjects/registry.ts";

/** What a person wants to work with. */
export interface Wanted {
  readonly subjects: readonly Subject[];
  readonly choice: SubjectChoice;
  readonly configuration: Configuration;
}

/**
 * The subjects that are named, else the one that a running deployment, file or environment points to.
 * @throws {UsageError} If there is none of a name, or none is named and there is not exactly one.
 */
export async function wantedSubjects(choice: SubjectChoice, configuration: Configuration): Promise<Wanted> {
  const { subject: named, endpoint } = choice;
  const ids = named.length > 0 ? [...new Set(named)] : [await onlySubject(choice, configuration)];
  if (ids.length > 1 && endpoint.length > 0) {
    throw new UsageError("Cannot use --endpoint for several subjects at once, expected file or environment");
  }
  return { subjects: await Promise.all(ids.map(loadSubject)), choice, configuration };
}

/**
 * The subject of that name.
 * @throws {UsageError} If there is none.
 */
export async function loadSubject(id: string): Promise<Subject> {
  const load = SUBJECTS.get(id);
  if (load) return await load();
  const known = [...SUBJECTS.keys()];
  const message = `Cannot find subject "${id}", expected one of ${known.join(", ")}`;
  throw new UsageError(withSuggestion(message, id, known));
}

/** Deployments that might have been meant and cannot be used, as the end of a sentence. */
export function troublesOf(unusable: readonly Unusable[], name: string | undefined): string {
  const meant = unusable.filter((one) => name === undefined || one.name === name);
  return meant.map((one) => `; "${one.name}": ${one.why}`).join("");
}

async function onlySubject({ home: flag, name }: SubjectChoice, configuration: Configuration): Promise<string> {
  const home = operatorHome(flag);
  const survey = await surveyDeployments(home);
  const running = survey.running.filter(({ id }) => name === undefined || id === name);
  const found = new Set([
    ...running.map(({ subject }) => subject).filter((id) => SUBJECTS.has(id)),
    ...[...SUBJECTS.keys()].filter((id) => pointsTo(id, configuration)),
  ]);
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  const file = configuration.file?.path ?? defaultConfigFile(configuration.environment);
  const places = `the deployments in "${home}", "${file}" and OPERATOR_⟨SUBJECT⟩_…`;
  const state =
    more.length > 0
      ? `${places} point to ${[...found].join(" and ")}`
      : `none of ${places} points to one${troublesOf(survey.unusable, name)}`;
  const known = [...SUBJECTS.keys()].join("|");
  const hint = more.length > 0 ? undefined : `Run "operator up ${known}" to bring one up here`;
  throw new UsageError(`Cannot choose a subject: ${state}, expected --subject ${known}`, { ...(hint && { hint }) });
}
