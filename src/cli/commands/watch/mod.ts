/** `operator watch`: observes subjects and files a ticket for each invariant that stays violated. */

import * as v from "valibot";
import { carryHalt, runCarrier } from "../../../actions/halt.ts";
import { messageOf } from "../../../core/text/errors.ts";
import { isUnwritable, openDatabase } from "../../../database/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import { IN_MEMORY, openOrMemory } from "../../../runtime/databases.ts";
import { type FollowOptions, followAll } from "../../../runtime/follow.ts";
import { processName } from "../../../runtime/person.ts";
import { together } from "../../../runtime/together.ts";
import { watch as watchOn } from "../../../runtime/watch.ts";
import { canDraw } from "../../../terminal/live-region.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import {
  CheckupInterval,
  ONLY_TYPED,
  REPEATABLE,
  SUBJECT_ARGS,
  SubjectOptions,
} from "../../args/flags/subject-flags.ts";
import { selectedSubjects } from "../../args/settings/selected-subjects.ts";
import { followWords, tellBrokenAudit } from "../../args/wording.ts";
import { describeSubjects } from "./describe.ts";
import { lineDisplay, liveDisplay } from "./display.ts";
import { type OnceOptions, tellOnce } from "./once.ts";
import { tellingOf } from "./telling.ts";

const Options = v.object({
  ...SubjectOptions,
  interval: CheckupInterval,
  once: v.optional(v.boolean(), false),
  json: v.optional(v.boolean(), false),
});

const ACTOR = `monitor/${processName()}` as const;

/** Watches until interrupted, or once: then exits 3 if anything is violated, and 4 if anything is unknown. */
export const watch: Runnable = command({
  name: "watch",
  repeatable: REPEATABLE,
  onlyTyped: ONLY_TYPED,
  args: {
    ...SUBJECT_ARGS,
    interval: { type: "string", default: "5s", description: "Time between checkups", valueHint: "duration" },
    once: { type: "boolean", description: "One checkup; exits 3 if anything is violated, 4 if anything is unknown" },
    json: { type: "boolean", description: "Print JSON, one line per change" },
  },
  options: Options,
  async more(options, { configuration }) {
    if (options.subject.length === 0)
      return 'Name a subject to see its endpoints, invariants and what is set: "--subject ratelimiter --help"';
    return await describeSubjects(await selectedSubjects(options, configuration));
  },
  async run(options, { configuration, log: tagged, signal }) {
    const { json, interval: intervalMs, once } = options;
    const wanted = await selectedSubjects(options, configuration);
    if (options.subject.length === 0) tagged.info(`Watching ${wanted.map(({ subject }) => subject.id).join(", ")}`);
    const { database: opened, unwritable } = openOrMemory(options);
    using database = opened;
    if (unwritable !== undefined)
      tagged.error(`Watching without a record until it is started again: nothing is kept. ${unwritable}`);
    tellBrokenAudit(database);
    if (once) return await lookOnce({ wanted, database, json, signal });
    using display = canDraw(process.stdout) && !json ? liveDisplay({ intervalMs }) : lineDisplay({ json });
    const following: FollowOptions = {
      database,
      intervalMs,
      onEvent: (event) => display.say(followWords(event)),
      work: (opened, ended) => watchOn(opened, { intervalMs, onEvent: tellingOf(opened, display) }, ended),
    };
    await together(signal, [
      (ended) => runCarrier({ database, clock: systemClock, actor: ACTOR }, ended),
      (ended) => followAll(wanted, following, ended),
    ]);
    return EXIT.interrupted;
  },
});

/** A disk that fills up between opening and writing keeps no verdict from a person, either. */
async function lookOnce(options: OnceOptions): Promise<ExitCode> {
  try {
    carryHalt(options.database, { atMs: systemClock.now(), actor: ACTOR });
    return await tellOnce(options);
  } catch (error) {
    if (!isUnwritable(error) || options.database.path === IN_MEMORY) throw error;
    log.error(`Looking without a record: nothing is kept. ${messageOf(error)}`);
    using database = openDatabase(IN_MEMORY);
    return await tellOnce({ ...options, database });
  }
}
