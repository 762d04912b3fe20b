/** `operator agent`: investigates incidents and acts as far as the ladder allows; watches too where nobody does. */

import * as v from "valibot";
import { loadEngine } from "../../agent/engines/registry.ts";
import type { ActionRun } from "../../core/safety/action-run.ts";
import { type Wait, waitWords } from "../../core/safety/waiting.ts";
import { systemClock } from "../../io/clock.ts";
import { commandOf, renderDone } from "../../render/records/action-run.ts";
import { renderHead } from "../../render/records/audit.ts";
import { openOrCreate } from "../../runtime/databases.ts";
import { type FollowEvent, followAll } from "../../runtime/follow.ts";
import { titleOf } from "../../runtime/instances.ts";
import { operate } from "../../runtime/operate.ts";
import type { OpenSubject } from "../../runtime/subjects/open-subject.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT } from "../args/exit-code.ts";
import { CheckupInterval, ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../args/flags/subject-flags.ts";
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
    interval: { type: "string", default: "5s", description: "Time between checkups", valueHint: "duration" },
    json: { type: "boolean", description: "Print JSON, one line per change" },
  },
  options: v.object({
    ...SubjectOptions,
    interval: CheckupInterval,
    json: v.optional(v.boolean(), false),
  }),
  async run(options, { configuration, log, signal }) {
    const { interval: intervalMs } = options;
    const wanted = await selectedSubjects(options, configuration);
    const engine = await loadEngine("rules");
    using database = openOrCreate(options);
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
      await operate(opened, { engine, intervalMs, onEvent, execution: { onWorked, onWaits } }, signal);
    }
    const onEvent = (event: FollowEvent): void => display.say(followWords(event));
    await followAll(wanted, { database, intervalMs, onEvent, work }, signal);
    return EXIT.interrupted;
  },
});
