/** The registered subjects. Each is loaded only when it is named. */

import type { Subject } from "../../core/subject/subject.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import { withSuggestion } from "../../core/text/suggest.ts";
import { SUBJECTS } from "../../subjects/registry.ts";

/** Ids of all subjects. */
export function subjectIds(): readonly string[] {
  return [...SUBJECTS.keys()];
}

/**
 * The subject of that id.
 * @throws {InvalidInputError} If there is none.
 */
export async function loadSubject(id: string): Promise<Subject> {
  const load = SUBJECTS.get(id);
  if (load) return await load();
  const message = `Cannot find subject "${id}", expected one of ${subjectIds().join(", ")}`;
  throw new InvalidInputError(withSuggestion(message, id, subjectIds()));
}
