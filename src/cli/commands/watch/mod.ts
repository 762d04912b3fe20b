/** `operator watch`: observes subjects and files a ticket for each invariant that stays violated. */

import * as v from "valibot";
import { carryHalt, runCarrier } from "../../../actions/halt.ts";
import { systemClock } from "../../../io/clock.ts";
import { describeSubjects } from "../../../render/subject.ts";
import { tellBrokenAudit } from "../../../runtime/audit-trouble.ts";
import { wantedSubjects } from "../../../runtime/select-subjects.ts";
import { openOwn, processName } from "../../../runtime/stored.ts";
import { together } from "../../../runtime/together.ts";
import { type WatchOptions, watchOn } from "../../../runtime/watch-on.ts";
import { canDraw } from "../../../terminal/live-region.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { CheckupInterval, ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../args/subject-flags.ts";
import { lineDisplay, liveDisplay } from "./display.ts";
import { watchOnce } from "./once.ts";

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
  description: "Observe subjects and file a ticket for each invariant that stays violated",
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
    return await describeSubjects(await wantedSubjects(options, configuration));
  },
  async run(options, { configuration, log, signal }) {
    const { json, interval: intervalMs, once } = options;
    const wanted = await wantedSubjects(options, configuration);
    if (options.subject.length === 0) log.info(`Watching ${wanted.subjects.map(({ id }) => id).join(", ")}`);
    using database = openOwn(options);
    tellBrokenAudit(database);
    using display = canDraw(process.stdout) && !json && !once ? liveDisplay({ intervalMs }) : lineDisplay({ json });
    const watching = { wanted, database, intervalMs, display };
    if (!once) return await watchAll(watching, signal);
    carryHalt(database, { atMs: systemClock.now(), actor: ACTOR });
    return await watchOnce({ wanted, database, json, signal });
  },
});

/** Ends only when it is told to, or fails. */
async function watchAll(options: WatchOptions, signal: AbortSignal): Promise<ExitCode> {
  const { database, wanted } = options;
  const carrying = { database, clock: systemClock, actor: ACTOR };
  await together(signal, [
    (signal) => runCarrier(carrying, signal),
    ...wanted.subjects.map((subject) => (signal: AbortSignal) => watchOn(subject, options, signal)),
  ]);
  return EXIT.interrupted;
}
