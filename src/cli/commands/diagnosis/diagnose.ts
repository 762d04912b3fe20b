/** `operator diagnose`: investigates one incident now, in the foreground, and shows each step as it is taken. */

import * as v from "valibot";
import { titleOf } from "../../../core/words/instance.ts";
import { systemClock } from "../../../io/clock.ts";
import { renderDiagnosis } from "../../../render/records/diagnosis.ts";
import { costWords, renderLiveStep } from "../../../render/records/transcript.ts";
import { openToChange } from "../../../runtime/databases.ts";
import { diagnoseIncident, subjectOf } from "../../../runtime/diagnose.ts";
import { openSubject } from "../../../runtime/subjects/open-subject.ts";
import { resolveTarget } from "../../../runtime/subjects/resolve-subject.ts";
import { warmUp } from "../../../runtime/warm-up.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { chosenEngine, ENGINE_ARGS, EngineOptions } from "../../args/flags/engine-flags.ts";
import { RowId } from "../../args/flags/stored-flags.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../args/flags/subject-flags.ts";
import { printJson, printText } from "../../args/output.ts";
import { selectedSubjects, theOneOf } from "../../args/settings/selected-subjects.ts";
import { found } from "../../args/wording.ts";

/** Exits 1 where the engine that was asked for gave no answer; what the rules found instead is on record then. */
export const diagnose: Runnable = command({
  name: "diagnose",
  settingsOf: "agent",
  repeatable: REPEATABLE,
  onlyTyped: ONLY_TYPED,
  args: {
    incident: { type: "positional", description: "Number of the incident" },
    json: { type: "boolean", description: "Print JSON, one line per step and the diagnosis last" },
    ...ENGINE_ARGS,
    ...SUBJECT_ARGS,
  },
  options: v.object({ incident: RowId, json: v.optional(v.boolean(), false), ...EngineOptions, ...SubjectOptions }),
  async run({ incident: id, json, ...choice }, { configuration, log, signal }) {
    const { engine, ...within } = await chosenEngine(choice, configuration.environment);
    using database = openToChange(choice);
    const of = found(subjectOf(database, id), `incident ${id}`, "operator incidents list --all");
    const subject = choice.subject.length > 0 ? choice.subject : [of.subject];
    const wanted = await selectedSubjects({ ...choice, subject, name: choice.name ?? of.name }, configuration);
    const target = await resolveTarget(theOneOf(wanted, "diagnose"));
    await using opened = await openSubject(target, { database, clock: systemClock });
    await warmUp(opened, signal);
    const { instance } = opened.monitoring;
    const before = database.investigations.list(id).length;
    const investigation = {
      ...within,
      onStep: (step, spent) => (json ? printJson(instance, step) : printText(instance, ...renderLiveStep(step, spent))),
    } satisfies Parameters<typeof diagnoseIncident>[1]["investigation"];
    const incident = await diagnoseIncident(opened, { engine, incident: id, investigation }, signal);
    const diagnosis = database.incidents.diagnoses(id).at(-1);
    const runs = database.investigations.list(id).slice(before);
    if (json) printJson(instance, diagnosis ?? null);
    else {
      printText(instance, "", `Incident ${id} of ${titleOf(instance)}`);
      printText(instance, ...(diagnosis ? renderDiagnosis(diagnosis) : []), "");
      printText(instance, ...runs.map(({ engine: by, state, spent }) => `${by}: ${state}, ${costWords(spent)}`));
    }
    log.info(`Incident ${id} of ${titleOf(instance)} is ${incident.state}. All of it: operator incidents show ${id}`);
    const failed = runs.find(({ engine: by, state }) => by === engine.id && state === "failed");
    if (!failed) return EXIT.done;
    log.error(`${engine.id} gave no answer: ${failed.outcome}`);
    return EXIT.failed;
  },
});
