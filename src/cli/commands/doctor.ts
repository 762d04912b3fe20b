/** `operator doctor`: whether a watcher would see what it should, on the live system and, on request, by breaking it. */

import * as v from "valibot";
import { messageOf, UsageError } from "../../core/text/errors.ts";
import { Count, DurationMs, formatDurationMs } from "../../core/text/units.ts";
import { titleOf } from "../../core/words/instance.ts";
import { systemClock } from "../../io/clock.ts";
import { log } from "../../io/log.ts";
import { freshSeed } from "../../io/seed.ts";
import { renderMatrix, renderTrial } from "../../render/lab/matrix.ts";
import { renderSignals } from "../../render/lab/signals.ts";
import { scratchDatabase } from "../../runtime/scratch-database.ts";
import { faultOf, loadLab } from "../../runtime/subjects/labs.ts";
import { openSubject } from "../../runtime/subjects/open-subject.ts";
import {
  nameOfTarget,
  resolveTarget,
  type SubjectSelection,
  type SubjectTarget,
} from "../../runtime/subjects/resolve-subject.ts";
import { flatTrial } from "../../trials/doctor.ts";
import { proveFaults, SHORT_GRACE_MS } from "../../trials/prove-faults.ts";
import { examineSignals } from "../../trials/signals.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT, type ExitCode } from "../args/exit-code.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../args/flags/subject-flags.ts";
import { TextList } from "../args/flags/text-list.ts";
import { printJson, printText, talkOf } from "../args/output.ts";
import { selectedSubjects, theOneOf } from "../args/settings/selected-subjects.ts";
import { describeAddresses } from "../args/wording.ts";
import { healAndTell } from "./chaos/heal.ts";

const { db: _db, ...ARGS } = SUBJECT_ARGS;
const { db: _option, ...Subjects } = SubjectOptions;

const Options = v.object({
  ...Subjects,
  inject: v.optional(v.boolean(), false),
  fault: v.optional(TextList, []),
  seed: v.optional(Count),
  interval: v.pipe(DurationMs, v.minValue(100, 'Cannot look that often, expected at least "100ms"')),
  json: v.optional(v.boolean(), false),
});

/** Without --inject exits 4 if a signal is missing; with it exits 1 if any promise is broken. */
export const doctor: Runnable = command({
  name: "doctor",
  repeatable: [...REPEATABLE, "fault"],
  onlyTyped: ONLY_TYPED,
  args: {
    ...ARGS,
    inject: { type: "boolean", description: "Inject every fault into the running deployment and check what trips" },
    fault: { type: "string", description: "With --inject: only this fault. Repeatable", valueHint: "fault" },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    interval: { type: "string", default: "1s", description: "Time between checkups", valueHint: "duration" },
    json: { type: "boolean", description: "Print JSON, one line per invariant or fault" },
  },
  options: Options,
  async run({ inject, fault, seed = freshSeed(), interval: intervalMs, json, ...choice }, { configuration, signal }) {
    if (!inject && fault.length > 0) throw new UsageError("Cannot use --fault alone, expected it with --inject");
    const one = theOneOf(await selectedSubjects(choice, configuration), "examine");
    return inject
      ? await prove(one, { fault, seed, intervalMs, json, signal })
      : await examine(await resolveTarget(one), { json, signal });
  },
});

interface Told {
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Looks at a live system and writes nothing of it. */
async function examine(target: SubjectTarget, { json, signal }: Told): Promise<ExitCode> {
  using scratch = scratchDatabase();
  await using opened = await openSubject(target, { database: scratch.database, clock: systemClock });
  try {
    const checks = await examineSignals(opened, signal);
    const { instance } = opened.monitoring;
    if (json) checks.forEach((check) => printJson(instance, check));
    else printText(instance, `Signals of ${titleOf(instance)}`, ...renderSignals(checks));
    return checks.every(({ missing }) => missing.length === 0) ? EXIT.done : EXIT.unknown;
  } catch (error) {
    signal.throwIfAborted();
    log.warn(`${messageOf(error)}; ${describeAddresses(opened)}`);
    return EXIT.unknown;
  }
}

interface Proof extends Told {
  /** Ids; all where there are none. */
  readonly fault: readonly string[];
  readonly seed: number;
  readonly intervalMs: number;
}

/** Breaks a running deployment fault by fault. */
async function prove(wanted: SubjectSelection, { fault, json, signal, ...how }: Proof): Promise<ExitCode> {
  const { home } = wanted;
  const target = await resolveTarget(wanted);
  const { deployment } = target;
  if (!deployment) {
    throw new UsageError(`Cannot break ${target.name}: it is no deployment of this machine, expected "operator up"`);
  }
  const lab = await loadLab(target.subject.id);
  const faults = fault.length > 0 ? fault.map((id) => faultOf(lab, id)) : lab.faults;
  await healAndTell(home, "all");
  const pace = `every ${formatDurationMs(how.intervalMs)}, graces of ${formatDurationMs(SHORT_GRACE_MS)}`;
  const named = nameOfTarget(target);
  log.info(`Examining ${titleOf(named)}, ${pace} instead of the usual ones; seed ${how.seed}`);
  const talk = talkOf(named);
  const telling: Pick<Parameters<typeof proveFaults>[1], "onFault" | "onTrial"> = {
    onFault: ({ id, description }) => talk.info(`Trying ${id}: ${description}`),
    onTrial(trial) {
      talk[trial.problems.length === 0 ? "info" : "warn"](renderTrial(trial));
      if (json) printJson(named, flatTrial(trial));
    },
  };
  const trials = await proveFaults(target, { deployment, lab, faults, home, ...how, ...telling }, signal);
  const columns = target.subject.invariants.map(({ id }) => id);
  if (!json) printText(named, `Faults of ${titleOf(named)}`, ...renderMatrix(trials, columns));
  return trials.some(({ problems }) => problems.length > 0) ? EXIT.failed : EXIT.done;
}
