/** `operator doctor`: whether a watcher would see what it should, on the live system and, on request, by breaking it. */

import * as v from "valibot";
import { UsageError } from "../../../core/text/errors.ts";
import { Count, DurationMs, formatDurationMs } from "../../../core/text/units.ts";
import { freshSeed } from "../../../io/seed.ts";
import { faultOf, loadLab } from "../../../runtime/labs.ts";
import { resolveTarget } from "../../../runtime/resolve-subject.ts";
import { command, type Runnable } from "../../args/command.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../args/subject-flags.ts";
import { TextList } from "../../args/text-list.ts";
import { wantedSubjects } from "../../args/wanted.ts";
import { healAndTell } from "../chaos/heal.ts";
import { proveFaults, SHORT_GRACE_MS } from "./faults.ts";
import { proveSignals } from "./signals.ts";

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
  description: "Check that every signal is there; with --inject, that every fault trips what it promises",
  repeatable: [...REPEATABLE, "fault"],
  onlyTyped: ONLY_TYPED,
  args: {
    ...ARGS,
    inject: { type: "boolean", description: "Break the running deployment, fault by fault, and see what trips" },
    fault: { type: "string", description: "With --inject: only this fault. Repeatable", valueHint: "fault" },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    interval: { type: "string", default: "1s", description: "Time between checkups", valueHint: "duration" },
    json: { type: "boolean", description: "Print JSON, one line per invariant or fault" },
  },
  options: Options,
  async run({ inject, fault, seed = freshSeed(), interval: intervalMs, json, ...choice }, context) {
    const { configuration, log, signal } = context;
    if (!inject && fault.length > 0) throw new UsageError("Cannot use --fault alone, expected it with --inject");
    const wanted = await wantedSubjects(choice, configuration);
    const [one, ...others] = wanted;
    if (!one || others.length > 0) throw new UsageError("Cannot examine several subjects at once, expected one");
    const target = await resolveTarget(one);
    if (!inject) return await proveSignals(target, { json, signal });
    const { deployment } = target;
    if (!deployment) {
      throw new UsageError(`Cannot break ${target.name}: it is no deployment of this machine, expected "operator up"`);
    }
    const lab = await loadLab(one.subject.id);
    const faults = fault.length > 0 ? fault.map((id) => faultOf(lab, id)) : lab.faults;
    const { home } = one;
    await healAndTell(home, "all");
    const pace = `every ${formatDurationMs(intervalMs)}, graces of ${formatDurationMs(SHORT_GRACE_MS)}`;
    log.info(`Examining ${deployment.id} ${pace} instead of the usual ones; seed ${seed}`);
    return await proveFaults(target, { deployment, lab, faults, home, seed, intervalMs, json, signal });
  },
});
