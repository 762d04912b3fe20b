/** `operator agent`: investigates incidents and acts as far as the ladder allows; watches too where nobody does. */

import * as v from "valibot";
import { rules } from "../../agent/rules.ts";
import type { Proposal } from "../../core/safety/proposal.ts";
import { renderHead } from "../../render/audit.ts";
import { renderLadder } from "../../render/ladder.ts";
import { renderDone } from "../../render/proposal.ts";
import { tellBrokenAudit } from "../../runtime/audit-trouble.ts";
import { follow } from "../../runtime/follow.ts";
import type { OpenSubject } from "../../runtime/open-subject.ts";
import { operate } from "../../runtime/operate.ts";
import { wantedSubjects } from "../../runtime/select-subjects.ts";
import { openOwn, processName, titleOf } from "../../runtime/stored.ts";
import { together } from "../../runtime/together.ts";
import { tellingOf } from "../../runtime/watch-on.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT } from "../args/exit-code.ts";
import { CheckupInterval, ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../args/subject-flags.ts";
import { lineDisplay } from "./watch/display.ts";

/** Runs until interrupted; says which rung of the ladder each instance is on. */
export const agent: Runnable = command({
  name: "agent",
  description: "Investigate incidents and act as far as the ladder allows; watch, too, where no watch runs",
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
    const wanted = await wantedSubjects(options, configuration);
    using database = openOwn(options);
    using display = lineDisplay(options);
    tellBrokenAudit(database);
    async function work(opened: OpenSubject, signal: AbortSignal): Promise<void> {
      const { monitoring, session, deploymentActions } = opened;
      const ladder = renderLadder(database.safety.ladder(monitoring.instance.id), database.safety.halted());
      log.info(`${titleOf(monitoring.instance)}: ${ladder}`);
      const working = { session, deploymentActions, engine: rules, name: processName(), intervalMs: options.interval };
      const onWorked = (proposal: Proposal): void =>
        log.info(`${titleOf(monitoring.instance)}: ${renderDone(proposal)}; ${renderHead(database.audit.head())}`);
      const execution = { onWorked };
      await operate({ ...monitoring, ...working, execution, onEvent: tellingOf(opened, display) }, signal);
    }
    const following = { wanted, database, display, work, intervalMs: options.interval };
    await together(
      signal,
      wanted.subjects.map((subject) => (signal) => follow(subject, following, signal)),
    );
    return EXIT.interrupted;
  },
});
