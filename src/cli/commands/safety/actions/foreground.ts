/** `operator actions propose`, `offered` and `run`, and `operator start`, `stop` and `restart`: what needs the subject itself. */

import * as v from "valibot";
import { type ActionRun, hasSucceeded } from "../../../../core/safety/action-run.ts";
import { UsageError } from "../../../../core/text/errors.ts";
import { systemClock } from "../../../../io/clock.ts";
import { renderDone } from "../../../../render/records/action-run.ts";
import { renderHead } from "../../../../render/records/audit.ts";
import { renderOffered } from "../../../../render/records/offered.ts";
import { actionsOf, actNow, executeAll, propose as proposeRun } from "../../../../runtime/act.ts";
import { openOrCreate } from "../../../../runtime/databases.ts";
import { openSubject } from "../../../../runtime/subjects/open-subject.ts";
import { resolveTarget, type SubjectTarget } from "../../../../runtime/subjects/resolve-subject.ts";
import { command, type Runnable } from "../../../args/command.ts";
import { EXIT } from "../../../args/exit-code.ts";
import { ONLY_TYPED, REPEATABLE, SUBJECT_ARGS, SubjectOptions } from "../../../args/flags/subject-flags.ts";
import { printJson, printText, talkOf } from "../../../args/output.ts";
import { type Configuration } from "../../../args/settings/config-file.ts";
import { selectedSubjects, theOneOf } from "../../../args/settings/selected-subjects.ts";
import { tellBrokenAudit } from "../../../args/wording.ts";

const { grace: _grace, threshold: _threshold, ...ONE_ARGS } = SUBJECT_ARGS;
const { grace: _graceOption, threshold: _thresholdOption, ...OneOptions } = SubjectOptions;
const ONE_REPEATABLE = REPEATABLE.filter((name) => name in ONE_ARGS);
const ONE_ONLY_TYPED = ONLY_TYPED.filter((name) => name in ONE_ARGS);

const REASON = { type: "string", description: "Why, for the record", valueHint: "reason", default: "By hand" } as const;
const JSON_FLAG = { type: "boolean", description: "Print JSON" } as const;

const OneSubject = v.object(OneOptions);
type OneSubject = v.InferOutput<typeof OneSubject>;

/** Any offered action by hand, without an incident. */
export const propose: Runnable = command({
  name: "actions propose",
  repeatable: [...ONE_REPEATABLE, "field"],
  onlyTyped: ONE_ONLY_TYPED,
  args: {
    action: {
      type: "positional",
      description: 'Which action; "operator actions offered" names them',
      valueHint: "action",
    },
    field: {
      type: "positional",
      required: false,
      description: "Its arguments, such as component=node/1",
      valueHint: "key=value",
    },
    reason: REASON,
    json: JSON_FLAG,
    ...ONE_ARGS,
  },
  options: v.object({
    ...OneOptions,
    action: v.string(),
    field: v.optional(v.array(v.string()), []),
    reason: v.string(),
    json: v.optional(v.boolean(), false),
  }),
  async run({ action, field, reason, json, ...choice }, { configuration, log, signal }) {
    const fields = fieldsOf(field);
    const target = await oneTarget({ choice, verb: "propose an action to", configuration });
    using database = openOrCreate(choice);
    await using opened = await openSubject(target, { database, clock: systemClock });
    const run = await proposeRun(opened, { action, fields, reason }, signal);
    const { instance } = opened.monitoring;
    if (json) return printJson(instance, { ...run, auditHead: database.audit.head() });
    printText(instance, `action ${run.id} pending: sends ${run.preview.sends}; ${renderHead(database.audit.head())}`);
    talkOf(instance, log).info(`Approve with: operator actions approve ${run.id}`);
  },
});

/** What can be proposed. */
export const offered: Runnable = command({
  name: "actions offered",
  repeatable: ONE_REPEATABLE,
  onlyTyped: ONE_ONLY_TYPED,
  args: ONE_ARGS,
  options: OneSubject,
  async run(choice, { configuration }) {
    const target = await oneTarget({ choice, verb: "list the actions of", configuration });
    using database = openOrCreate(choice);
    await using opened = await openSubject(target, { database, clock: systemClock });
    printText(opened.monitoring.instance, ...renderOffered([...actionsOf(opened).values()]));
  },
});

/** Everything that may begin, in the foreground. */
export const run: Runnable = command({
  name: "actions run",
  repeatable: REPEATABLE,
  onlyTyped: ONLY_TYPED,
  args: SUBJECT_ARGS,
  options: v.object(SubjectOptions),
  async run(options, { configuration, log, signal }) {
    const wanted = await selectedSubjects(options, configuration);
    const targets = await Promise.all(wanted.map((one) => resolveTarget(one)));
    using database = openOrCreate(options);
    tellBrokenAudit(database);
    let failed = false;
    for (const target of targets) {
      await using opened = await openSubject(target, { database, clock: systemClock });
      const onWorked = (run: ActionRun): void => {
        failed ||= !hasSucceeded(run);
        printText(opened.monitoring.instance, `${renderDone(run)}; ${renderHead(database.audit.head())}`);
      };
      await executeAll(opened, { onWorked }, signal);
    }
    log.info("Nothing more may begin");
    return failed ? EXIT.failed : EXIT.done;
  },
});

/** `operator start`, `stop` and `restart`: one component of a deployment, by hand and at once. */
export const component = {
  start: componentCommand("start"),
  stop: componentCommand("stop"),
  restart: componentCommand("restart"),
} as const satisfies Readonly<Record<string, Runnable>>;

function componentCommand(verb: "start" | "stop" | "restart"): Runnable {
  return command({
    name: verb,
    repeatable: ONE_REPEATABLE,
    onlyTyped: ONE_ONLY_TYPED,
    args: {
      component: { type: "positional", description: "Which component, such as node/2", valueHint: "component" },
      reason: REASON,
      json: JSON_FLAG,
      ...ONE_ARGS,
    },
    options: v.object({
      ...OneOptions,
      component: v.string(),
      reason: v.string(),
      json: v.optional(v.boolean(), false),
    }),
    async run({ component, reason, json, ...choice }, { configuration, signal }) {
      const target = await oneTarget({ choice, verb, configuration });
      using database = openOrCreate(choice);
      await using opened = await openSubject(target, { database, clock: systemClock });
      const request = { action: `${verb}-component`, fields: { component }, reason };
      const run = await actNow(opened, request, signal);
      const { instance } = opened.monitoring;
      if (json) printJson(instance, { ...run, auditHead: database.audit.head() });
      else printText(instance, `${renderDone(run)}; ${renderHead(database.audit.head())}`);
      return hasSucceeded(run) ? EXIT.done : EXIT.failed;
    },
  });
}

interface Opening {
  readonly choice: OneSubject;
  /** What is to be done, for the message where several subjects are meant. */
  readonly verb: string;
  readonly configuration: Configuration;
}

/** Looked for before anything is made, so that a command that finds nothing leaves nothing. */
async function oneTarget({ choice, verb, configuration }: Opening): Promise<SubjectTarget> {
  const wanted = await selectedSubjects({ ...choice, grace: [], threshold: [] }, configuration);
  return await resolveTarget(theOneOf(wanted, verb));
}

/** Of two values of one argument neither is taken. */
function fieldsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = texts.map(pairOf);
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Cannot use ${twice}= twice`);
  return Object.fromEntries(pairs);
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`Cannot use "${text}", expected key=value such as component=node/1`);
}
