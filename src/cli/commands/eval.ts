/** `operator eval`: how often a diagnosis is right, on a running deployment that is broken on purpose. */

import * as v from "valibot";
import { loadEngine } from "../../agent/engines/registry.ts";
import { InvalidInputError, UsageError } from "../../core/text/errors.ts";
import { Count, DurationMs } from "../../core/text/units.ts";
import { type EmulatedMark, emulatedMark, type InstanceName, titleOf } from "../../core/words/instance.ts";
import { log } from "../../io/log.ts";
import { freshSeed } from "../../io/seed.ts";
import { renderEval, renderEvaluated } from "../../render/lab/eval.ts";
import { faultOf, loadLab } from "../../runtime/subjects/labs.ts";
import { nameOfTarget, resolveTarget, type SubjectTarget } from "../../runtime/subjects/resolve-subject.ts";
import { runEval } from "../../trials/eval/mod.ts";
import { planTrials } from "../../trials/eval/plan.ts";
import { addResult, keepCases, readResults, resultsFile } from "../../trials/eval/results.ts";
import { scoresOf, type TrialRow } from "../../trials/eval/score.ts";
import { withShortGraces } from "../../trials/prove-faults.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT, type ExitCode } from "../args/exit-code.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../args/flags/subject-flags.ts";
import { TextList } from "../args/flags/text-list.ts";
import { printJson, printText, talkOf } from "../args/output.ts";
import { selectedSubjects, theOneOf } from "../args/settings/selected-subjects.ts";
import { healAndTell } from "./chaos/heal.ts";

const { db: _db, ...ARGS } = SUBJECT_ARGS;
const { db: _option, ...Subjects } = SubjectOptions;

const Options = v.object({
  ...Subjects,
  faults: v.optional(TextList, []),
  trials: v.pipe(Count, v.minValue(1, "Cannot run 0 trials, expected 1 or more")),
  baseline: v.pipe(Count, v.minValue(20, "Cannot compare with so little, expected at least 20 looks")),
  seed: v.optional(Count),
  resume: v.optional(v.boolean(), false),
  results: v.optional(v.string()),
  cases: v.optional(v.string()),
  for: v.optional(DurationMs),
  interval: v.pipe(DurationMs, v.minValue(100, 'Cannot look that often, expected at least "100ms"')),
  json: v.optional(v.boolean(), false),
});

/** Exits 1 if the rules were sure of something wrong. */
export const evaluate: Runnable = command({
  name: "eval",
  repeatable: [...REPEATABLE, "faults"],
  onlyTyped: ONLY_TYPED,
  args: {
    ...ARGS,
    faults: { type: "string", description: "Only these faults. Repeatable", valueHint: "fault" },
    trials: { type: "string", default: "3", description: "Runs of each fault", valueHint: "count" },
    baseline: {
      type: "string",
      default: "120",
      description: "Looks at the healthy system before each fault",
      valueHint: "count",
    },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    resume: { type: "boolean", description: "Continue the interrupted evaluation of --seed" },
    results: { type: "string", description: "File of the rows; in the home by default", valueHint: "file" },
    cases: { type: "string", description: "Keep the case of each trial in this folder", valueHint: "folder" },
    for: {
      type: "string",
      description: "Start no trial after this time; --resume continues",
      valueHint: "duration",
    },
    interval: { type: "string", default: "1s", description: "Time between looks", valueHint: "duration" },
    json: { type: "boolean", description: "Print JSON, one line per trial, the scores last" },
  },
  options: Options,
  async run(options, { configuration, signal }) {
    const { faults, trials, baseline, seed, resume, results, cases, for: forMs, interval, json, ...choice } = options;
    if (resume && seed === undefined)
      throw new UsageError("Cannot resume without --seed, expected that of the earlier run");
    const one = theOneOf(await selectedSubjects(choice, configuration), "evaluate");
    const target = await resolveTarget(one);
    const wanted: Omit<Wanted, "home" | "file" | "json" | "signal"> = {
      faults,
      trials,
      baseline,
      seed: seed ?? freshSeed(),
      resume,
      intervalMs: interval,
      ...(forMs !== undefined && { forMs }),
      ...(cases !== undefined && { cases }),
    };

    const file = results ?? resultsFile(one.home, { subject: target.subject.id, seed: wanted.seed });
    return await evaluateOn(target, { ...wanted, home: one.home, file, json, signal });
  },
});

interface Wanted {
  readonly faults: readonly string[];
  readonly trials: number;
  readonly baseline: number;
  readonly seed: number;
  readonly resume: boolean;
  readonly intervalMs: number;
  readonly home: string;
  /** File of the rows. */
  readonly file: string;
  /** Folder of the cases. */
  readonly cases?: string;
  readonly forMs?: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function evaluateOn(target: SubjectTarget, wanted: Wanted): Promise<ExitCode> {
  const { faults, seed, resume, home, file, cases, json, signal } = wanted;
  const { deployment } = target;
  if (!deployment) {
    throw new UsageError(`Cannot break ${target.name}: it is no deployment of this machine, expected "operator up"`);
  }
  const lab = await loadLab(target.subject.id);
  const meant = faults.length > 0 ? faults.map((id) => faultOf(lab, id)) : lab.faults;
  const planned = planTrials(meant, wanted);
  const known = resume ? readResults(file) : [];
  if (!resume && readResults(file).length > 0) {
    throw new InvalidInputError(`Cannot begin with seed ${seed}: its results lie in "${file}"; go on with --resume`);
  }
  const named = nameOfTarget(target);
  const done = new Set(known.map(({ id }) => id));
  const left = planned.filter(({ id }) => !done.has(id));
  await healAndTell(home, "all");
  log.info(`Making ${left.length} of ${planned.length} trials on ${titleOf(named)}; seed ${seed}, results in ${file}`);
  const rows: TrialRow[] = [...known];
  const talk = talkOf(named);
  const engine = await loadEngine("rules");
  await runEval(
    withShortGraces(target),
    {
      ...wanted,
      deployment,
      lab,
      engine,
      trials: left,
      onTrial: ({ id }) => talk.info(`Trying ${id}`),
      onCases: ({ id }, seen) => cases !== undefined && keepCases(cases, id, { ...seen, ...emulatedMark(named) }),
      onRow(made) {
        const row = { ...made, ...emulatedMark(named) };
        rows.push(row);
        addResult(file, row);
        talk.info(renderEvaluated(engine.id, row));
      },
    },
    signal,
  );
  return told(engine.id, { named, rows, planned: planned.length, json });
}

interface Outcome extends Pick<Wanted, "json"> {
  /** What was broken. */
  readonly named: InstanceName & EmulatedMark;
  readonly rows: readonly TrialRow[];
  /** How many trials the evaluation consists of. */
  readonly planned: number;
}

function told(engine: string, { named, rows, planned, json }: Outcome): ExitCode {
  const scores = scoresOf(rows);
  if (json) [...rows, { scores, planned }].forEach((row) => printJson(named, row));
  else printText(named, `Diagnoses of ${titleOf(named)}`, ...renderEval(engine, scores, rows));
  const own = scores.find(({ name }) => name === engine);
  return own && own.sureAndWrong.count > 0 ? EXIT.failed : EXIT.done;
}
