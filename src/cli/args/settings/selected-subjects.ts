/** Finds out which subjects a command is about, and reads everything that is said of them, once. */

import type { Subject } from "../../../core/subject/subject.ts";
import { UsageError } from "../../../core/text/errors.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { log } from "../../../io/log.ts";
import type { SubjectSelection } from "../../../runtime/subjects/resolve-subject.ts";
import { onlySubject, SelectionError } from "../../../runtime/subjects/select-subjects.ts";
import { loadSubject, subjectIds } from "../../../runtime/subjects/subjects.ts";
import type { SubjectChoice } from "../flags/subject-flags.ts";
import { troublesOf } from "../wording.ts";
import { type Configuration, defaultConfigFile } from "./config-file.ts";
import { gracedInvariants, pointsTo, readSubjectSettings, thresholdNames } from "./subject-settings.ts";

/**
 * The subjects that are named, else the one that a running deployment, file or environment points to.
 * @throws {InvalidInputError} If there is none of a name, or a setting is malformed.
 * @throws {UsageError} If none is named and there is not exactly one.
 */
export async function selectedSubjects(
  choice: SubjectChoice,
  configuration: Configuration,
): Promise<readonly SubjectSelection[]> {
  const { subject: named, endpoint, name } = choice;
  const ids = named.length > 0 ? [...new Set(named)] : [await theOnly(choice, configuration)];
  if (ids.length > 1 && endpoint.length > 0) {
    throw new UsageError("Cannot use --endpoint for several subjects at once, expected file or environment");
  }
  const loaded = await Promise.all(ids.map(loadSubject));
  const home = operatorHome(choice.home);
  return loaded.map((subject) => {
    const { warnings, ...settings } = readSubjectSettings(subject, flagsFor(subject, loaded, choice), configuration);
    for (const warning of warnings) log.warn(warning);
    // Who types an endpoint means that one.
    return { subject, home, settings, byEndpoint: endpoint.length > 0, ...(name !== undefined && { name }) };
  });
}

/**
 * The only one of several.
 * @throws {UsageError} If there are more.
 */
export function theOneOf(wanted: readonly SubjectSelection[], verb: string): SubjectSelection {
  const [one, ...others] = wanted;
  if (one && others.length === 0) return one;
  throw new UsageError(`Cannot ${verb} several subjects at once, expected one`);
}

async function theOnly({ home: flag, name }: SubjectChoice, configuration: Configuration): Promise<string> {
  const home = operatorHome(flag);
  const pointedTo = subjectIds().filter((id) => pointsTo(id, configuration));
  try {
    return await onlySubject({ home, name, pointedTo });
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error;
    if (error.found.length > 0 || error.running.length === 0) throw selectionError(error, home, configuration);
    throw new UsageError(
      `Cannot find deployment "${name}" in "${home}": it is not running, expected one of ${error.running.join(", ")}`,
    );
  }
}

function selectionError({ found, unusable }: SelectionError, home: string, configuration: Configuration): UsageError {
  const file = configuration.file?.path ?? defaultConfigFile(configuration.environment);
  const places = `the deployments in "${home}", "${file}" and OPERATOR_⟨SUBJECT⟩_…`;
  const isNone = found.length === 0;
  const state = isNone
    ? `none of ${places} points to one${troublesOf(unusable)}`
    : `${places} point to ${found.join(" and ")}`;
  const known = subjectIds().join("|");
  const hint = isNone ? { hint: `Run "operator up ${known}" to bring one up here` } : {};
  return new UsageError(`Cannot choose a subject: ${state}, expected --subject ${known}`, hint);
}

/** A flag is for every subject that has what it names; one that nobody has is left in, to be refused. */
function flagsFor(
  subject: Subject,
  all: readonly Subject[],
  { endpoint, grace, threshold }: SubjectChoice,
): Pick<SubjectChoice, "endpoint" | "grace" | "threshold"> {
  const mine = (namesOf: (subject: Subject) => readonly string[]) => (text: string) => {
    const [name = ""] = text.split("=");
    return namesOf(subject).includes(name) || !all.some((other) => namesOf(other).includes(name));
  };
  return { endpoint, grace: grace.filter(mine(gracedInvariants)), threshold: threshold.filter(mine(thresholdNames)) };
}
