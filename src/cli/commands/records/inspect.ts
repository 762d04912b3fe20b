/** `operator inspect`: reads one component on demand; it changes nothing. */

import * as v from "valibot";
import { systemClock } from "../../../io/clock.ts";
import { renderInspected, renderMore } from "../../../render/inspection.ts";
import { inspectComponent } from "../../../runtime/inspect.ts";
import { storedOrScratch } from "../../../runtime/scratch-database.ts";
import { openSubject } from "../../../runtime/subjects/open-subject.ts";
import { resolveTarget } from "../../../runtime/subjects/resolve-subject.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../args/flags/subject-flags.ts";
import { printJson, printText } from "../../args/output.ts";
import { selectedSubjects, theOneOf } from "../../args/settings/selected-subjects.ts";

const { grace: _grace, threshold: _threshold, ephemeral: _ephemeral, ...ARGS } = SUBJECT_ARGS;
const { grace: _graceOption, threshold: _thresholdOption, ...Subjects } = SubjectOptions;

/** Without a name reads every cheap inspection of the component; exits 4 if one could not be read. */
export const inspect: Runnable = command({
  name: "inspect",
  repeatable: REPEATABLE.filter((name) => name in ARGS),
  onlyTyped: ONLY_TYPED.filter((name) => name in ARGS),
  args: {
    component: {
      type: "positional",
      required: true,
      description: "Which component, such as node/2",
      valueHint: "component",
    },
    inspection: {
      type: "positional",
      required: false,
      description: "Name of the inspection; all cheap ones by default",
      valueHint: "name",
    },
    json: { type: "boolean", description: "Print JSON, one line per inspection" },
    ...ARGS,
  },
  options: v.object({
    ...Subjects,
    component: v.string(),
    inspection: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  async run({ component, inspection, json, ...choice }, { configuration, signal }) {
    const wanted = await selectedSubjects({ ...choice, grace: [], threshold: [] }, configuration);
    const target = await resolveTarget(theOneOf(wanted, "inspect"));
    using place = storedOrScratch(choice);
    await using opened = await openSubject(target, { database: place.database, clock: systemClock });
    const request = { component, signal, ...(inspection !== undefined && { inspection }) };
    const { shown, more } = await inspectComponent(opened, request);
    const { instance } = opened.monitoring;
    if (json) shown.forEach((one) => printJson(instance, one));
    else
      printText(
        instance,
        ...shown.flatMap((one) => [...renderInspected(one, { whole: inspection !== undefined }), ""]),
        ...renderMore(component, more),
      );
    return shown.some(({ failed }) => failed !== undefined) ? EXIT.unknown : EXIT.done;
  },
});
