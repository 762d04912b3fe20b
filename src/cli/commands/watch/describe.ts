/** What `operator watch --subject x --help` says of a subject: its endpoints and invariants, and where each value comes from. */

import { renderSubject } from "../../../render/subject.ts";
import { configKeys, secretKeys } from "../../../runtime/subjects/config-keys.ts";
import type { SubjectSelection } from "../../../runtime/subjects/resolve-subject.ts";
import { subjectView } from "../../../runtime/views/subject.ts";
import { withFileKeys } from "../../args/settings/secrets.ts";
import { subjectVariable } from "../../args/settings/subject-settings.ts";
import { wordsOf } from "../../args/wording.ts";

/** Everything that can be set of the subjects that are wanted. */
export async function describeSubjects(wanted: readonly SubjectSelection[]): Promise<string> {
  const parts = await Promise.all(wanted.map(describeSubject));
  return parts.join("\n\n");
}

async function describeSubject(wanted: SubjectSelection): Promise<string> {
  const { id, config } = wanted.subject;
  const { endpoints, ...view } = await subjectView(wanted);
  const keys = withFileKeys(configKeys(config).keys(), secretKeys(config));
  return renderSubject({
    ...view,
    endpoints: endpoints instanceof Error ? wordsOf(endpoints) : endpoints,
    waysToSetEndpoints: [`Set by [${id}] in the file, ${subjectVariable(id, "…")} or --endpoint: ${keys.join(", ")}.`],
    waysToSetLimits: [
      `Graces by [${id}.grace], ${subjectVariable(id, "grace")} or --grace; thresholds by [${id}.threshold],`,
      `${subjectVariable(id, "threshold")} or --threshold; members that may come and go by ephemeral in [${id}],`,
      `${subjectVariable(id, "ephemeral")} or --ephemeral.`,
    ],
  }).join("\n");
}
