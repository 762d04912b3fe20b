/** `operator replay`: the same investigation again, from what is on record; or another engine on the same evidence. */

import * as v from "valibot";
import { rediagnose, replay as replayBundle } from "../../../agent/replay/replay.ts";
import { emulatedMark } from "../../../core/words/instance.ts";
import { renderDiagnosis } from "../../../render/records/diagnosis.ts";
import { renderReplay } from "../../../render/records/replay.ts";
import { renderLiveStep } from "../../../render/records/transcript.ts";
import { openStored } from "../../../runtime/databases.ts";
import { bundleIn, bundleOf } from "../../../runtime/investigations.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { chosenEngine, ENGINE_ARGS, EngineOptions } from "../../args/flags/engine-flags.ts";
import { RowId, STORED_ARGS, StoredOptions } from "../../args/flags/stored-flags.ts";
import { printJson, printText } from "../../args/output.ts";

/** Without an engine it asks nobody: what a model said then is on record. Exits 1 where something differs. */
export const replay: Runnable = command({
  name: "replay",
  settingsOf: "agent",
  onlyTyped: ["engine"],
  args: {
    what: {
      type: "positional",
      description: "Number of an incident, or the file of a bundle",
      valueHint: "incident|file",
    },
    investigation: {
      type: "string",
      description: "Number of one of the incident's investigations; the newest without it",
      valueHint: "id",
    },
    ...ENGINE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({ what: v.string(), investigation: v.optional(RowId), ...EngineOptions, ...StoredOptions }),
  async run({ what, investigation, json, db, home, ...choice }, { configuration, signal }) {
    const bundle = /^\d+$/.test(what) ? stored(Number(what), investigation, { db, home }) : bundleIn(what);
    const { subject, instance: name } = bundle.case;
    const of = { subject: subject.id, name, ...emulatedMark(bundle) };
    if (choice.engine === undefined) {
      const { conclusion, ...replayed } = await replayBundle(bundle, signal);
      if (json) printJson(of, { ...replayed, conclusion });
      else printText(of, ...renderReplay(replayed));
      return replayed.difference ? EXIT.failed : EXIT.done;
    }
    const { engine, limits } = await chosenEngine(choice, configuration.environment);
    const conclusion = await rediagnose(bundle, {
      engine,
      limits,
      signal,
      onStep: (step, spent) => (json ? printJson(of, step) : printText(of, ...renderLiveStep(step, spent))),
    });
    if (json) printJson(of, conclusion);
    else printText(of, ...renderDiagnosis({ ...conclusion, suggestions: [] }));
    return EXIT.done;
  },
});

function stored(
  incident: number,
  investigation: number | undefined,
  place: { db: string | undefined; home: string | undefined },
) {
  using database = openStored(place);
  return bundleOf(database, incident, investigation);
}
