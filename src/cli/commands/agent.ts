/** `operator agent`: investigates incidents and acts as far as the ladder allows; watches too where nobody does. */

import * as v from "valibot";
import type { Engine } from "../../agent/engines/engine.ts";
import { commandOf } from "../../core/safety/action-command.ts";
import type { ActionRun } from "../../core/safety/action-run.ts";
import { type Wait, waitWords } from "../../core/safety/waiting.ts";
import { titleOf } from "../../core/words/instance.ts";
import type { Database } from "../../database/mod.ts";
import { systemClock } from "../../io/clock.ts";
import { renderDone } from "../../render/records/action-run.ts";
import { renderHead } from "../../render/records/audit.ts";
import { openOrCreate, type Place } from "../../runtime/databases.ts";
import { diagnoseIncident, investigateOnce } from "../../runtime/diagnose.ts";
import { type FollowEvent, followAll } from "../../runtime/follow.ts";
import { operate } from "../../runtime/operate.ts";
import { type OpenSubject, openSubject } from "../../runtime/subjects/open-subject.ts";
import { resolveTarget, type SubjectSelection, type SubjectTarget } from "../../runtime/subjects/resolve-subject.ts";
import { warmUp } from "../../runtime/warm-up.ts";
import { type CommandContext, command, type Runnable } from "../args/command.ts";
import { EXIT, type ExitCode } from "../args/exit-code.ts";
import { type ChosenEngine, chosenEngine, ENGINE_ARGS, EngineOptions } from "../args/flags/engine-flags.ts";
import { RowId } from "../args/flags/stored-flags.ts";
import { CheckupInterval, ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../args/flags/subject-flags.ts";
import { printJson, printText, talkOf } from "../args/output.ts";
import { selectedSubjects } from "../args/settings/selected-subjects.ts";
import { followWords, tellBrokenAudit } from "../args/wording.ts";
import { lineDisplay } from "./watch/display.ts";
import { tellingOf } from "./watch/telling.ts";

/** Runs until interrupted; says which rung of the ladder each instance is on, and when that changes. */
export const agent: Runnable = command({
  name: "agent",
  repeatable: REPEATABLE,
  onlyTyped: ONLY_TYPED,
  args: {
    ...SUBJECT_ARGS,
    ...ENGINE_ARGS,
    interval: { type: "string", default: "5s", description: "Time between checkups", valueHint: "duration" },
    once: {
      type: "boolean",
      description: "Investigate the incidents that need it now, then exit; do not watch or act",
    },
    incident: { type: "string", description: "Only this incident, once", valueHint: "id" },
    json: { type: "boolean", description: "Print JSON, one line per change" },
  },
  options: v.object({
    ...SubjectOptions,
    ...EngineOptions,
    interval: CheckupInterval,
    once: v.optional(v.boolean(), false),
    incident: v.optional(RowId),
    json: v.optional(v.boolean(), false),
  }),
  async run(options, { configuration, log, signal }) {
    const { interval: intervalMs } = options;
    const wanted = await selectedSubjects(options, configuration);
    const { engine, ...investigation } = await chosenEngine(options, configuration.environment);
    if (options.once || options.incident !== undefined)
      return await allOnce(wanted, { ...options, engine, investigation, log, signal });
    using database = openOrCreate(options);
    if (engine.id !== "rules")
      log.info(`Diagnoses by ${engine.id}; the case and what it asks for are sent to its endpoint`);
    using display = lineDisplay(options);
    tellBrokenAudit(database);
    async function work(opened: OpenSubject, signal: AbortSignal): Promise<void> {
      const { instance } = opened.monitoring;
      const title = titleOf(instance);
      const onWorked = (run: ActionRun): void =>
        log.info(`${title}: ${renderDone(run)}; ${renderHead(database.audit.head())}`);
      const onWaits = (run: ActionRun, wait: Wait): void =>
        log.info(`${title}: action ${run.id} pending: ${commandOf(run)}: ${waitWords(wait, run, systemClock.now())}`);
      const onEvent = tellingOf(opened, display);
      await operate(opened, { engine, investigation, intervalMs, onEvent, execution: { onWorked, onWaits } }, signal);
    }
    const onEvent = (event: FollowEvent): void => display.say(followWords(event));
    await followAll(wanted, { database, intervalMs, onEvent, work }, signal);
    return EXIT.interrupted;
  },
});

interface Once extends Place {
  readonly engine: Engine;
  readonly investigation: Omit<ChosenEngine, "engine">;
  readonly incident?: number | undefined;
  readonly json: boolean;
  readonly log: CommandContext["log"];
  readonly signal: AbortSignal;
}

/** Looks for the subjects before anything is made. */
async function allOnce(wanted: readonly SubjectSelection[], once: Once): Promise<ExitCode> {
  const targets = await Promise.all(wanted.map((one) => resolveTarget(one)));
  using database = openOrCreate(once);
  for (const target of targets) await workOnce(target, database, once);
  return EXIT.done;
}

/** What needs an investigation, or the one incident that is named; what came of each on one line. */
async function workOnce(target: SubjectTarget, database: Database, once: Once): Promise<void> {
  const { incident, json, log, signal, engine, investigation } = once;
  const by = { engine, investigation };
  await using opened = await openSubject(target, { database, clock: systemClock });
  await warmUp(opened, signal);
  const done =
    incident === undefined
      ? await investigateOnce(opened, by, signal)
      : [await diagnoseIncident(opened, { ...by, incident }, signal)];
  const { instance } = opened.monitoring;
  if (done.length === 0) talkOf(instance, log).info("No incident needs an investigation now");
  for (const one of done) {
    const outcome = database.investigations.list(one.id).at(-1)?.outcome ?? "";
    if (json) printJson(instance, { ...one, investigation: outcome });
    else printText(instance, `Incident ${one.id} of ${titleOf(instance)} is ${one.state}: ${outcome}`);
  }
}
