/** A single checkup of every subject: its verdict as text or JSON, and as an exit code. */

import { countVerdicts } from "../../../core/tickets/overall.ts";
import { titleOf } from "../../../core/words/instance.ts";
import type { Verdict } from "../../../core/words/verdict.ts";
import type { Database } from "../../../database/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import type { OnceResult } from "../../../monitor/mod.ts";
import { renderOpenWork } from "../../../render/live/open-work.ts";
import { renderWorst } from "../../../render/live/unhealthy.ts";
import { renderLadder } from "../../../render/records/ladder.ts";
import { type OpenSubject, openSubject } from "../../../runtime/subjects/open-subject.ts";
import {
  resolveTarget,
  SubjectNotFoundError,
  type SubjectSelection,
} from "../../../runtime/subjects/resolve-subject.ts";
import { instanceView } from "../../../runtime/views/instance.ts";
import { watchOnce } from "../../../runtime/watch.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";
import { describeAddresses, wordsOf } from "../../args/wording.ts";

/** What is looked at, where it is written, and how it is told. */
export interface OnceOptions {
  readonly wanted: readonly SubjectSelection[];
  readonly database: Database;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Checks every subject once, and answers 0, 3 or 4 for all of them together. */
export async function tellOnce(options: OnceOptions): Promise<ExitCode> {
  const verdicts = await Promise.all(options.wanted.map((one) => checkSubject(one, options)));
  if (verdicts.includes("violated")) return EXIT.violated;
  return verdicts.includes("unknown") ? EXIT.unknown : EXIT.done;
}

async function checkSubject(wanted: SubjectSelection, { database, json, signal }: OnceOptions): Promise<Verdict> {
  try {
    await using opened = await openSubject(await resolveTarget(wanted), { database, clock: systemClock });
    const result = await watchOnce(opened, signal);
    tell(opened, result, json);
    return result.verdict;
  } catch (error) {
    // A name that is not there, where others are, is a mistake; nothing at all is unknown.
    if (!(error instanceof SubjectNotFoundError) || error.running.length > 0) throw error;
    log.warn(wordsOf(error));
    return "unknown";
  }
}

function tell(opened: OpenSubject, { verdict, entityStates, checkup, heldBy }: OnceResult, json: boolean): void {
  const { instance } = opened.monitoring;
  const title = titleOf(instance);
  const counts = countVerdicts(entityStates);
  if (heldBy) log.info(`${title}: ${heldBy.holder} already watches, so nothing was written`);
  if (!checkup) log.warn(`${title}: nothing answers; ${describeAddresses(opened)}`);
  const view = instanceView(opened, systemClock.now());
  const { ladder, halt } = view.safety;
  if (json)
    return printJson(instance, {
      subject: instance.subject,
      instance: instance.name,
      verdict,
      ...counts,
      entities: entityStates,
      actions: { ladder, ...(halt && { halt }) },
      ...(heldBy && { heldBy: heldBy.holder }),
    });
  const figures = `${counts.violated} violated, ${counts.unknown} unknown, ${counts.holds} hold`;
  printText(instance, `${title}: ${verdict} (${checkup ? figures : "nothing answers"})`);
  const lines = [
    ...renderOpenWork(view),
    ...renderWorst(entityStates, view.severities),
    `actions ${renderLadder(ladder, halt)}`,
  ];
  printText(instance, ...lines.map((line) => `  ${line}`));
}
