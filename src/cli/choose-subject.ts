/** Finds out which subjects are meant, and loads those and no others. */

import { UsageError } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import { listDeployments } from "../deployments/local/open.ts";
import { operatorHome } from "../io/home.ts";
import { SUBJECTS } from "../subjects/registry.ts";
import { type Configuration, defaultConfigFile } from "./config-file.ts";
import type { SubjectChoice } from "./subject-flags.ts";
import { pointsTo } from "./subject-settings.ts";
import { withSuggestion } from "./suggest.ts";

/**
 * Which subjects are meant: those that are named, else the one that a running deployment, file or environment points to.
 * @throws {UsageError} If none is named and there is not exactly one.
 */
export async function chooseSubjects(
  { subject: named, home: flag, name }: Pick<SubjectChoice, "subject" | "home" | "name">,
  configuration: Configuration,
): Promise<readonly string[]> {
  if (named.length > 0) return [...new Set(named)];
  const home = operatorHome(flag);
  const running = (await listDeployments(home)).filter(({ id }) => name === undefined || id === name);
  const found = new Set([
    ...running.map(({ subject }) => subject).filter((id) => SUBJECTS.has(id)),
    ...[...SUBJECTS.keys()].filter((id) => pointsTo(id, configuration)),
  ]);
  if (found.size === 1) return [...found];
  const file = configuration.file?.path ?? defaultConfigFile(configuration.environment);
  const places = `the deployments in "${home}", "${file}" and OPERATOR_⟨SUBJECT⟩_…`;
  const state = found.size > 1 ? `${places} point to ${[...found].join(" and ")}` : `none of ${places} points to one`;
  throw new UsageError(`Cannot choose a subject: ${state}, expected --subject ${[...SUBJECTS.keys()].join("|")}`);
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
