/** A single checkup of every subject: its verdict as text or JSON, and as an exit code. */

import type { Subject } from "../../../core/subject/subject.ts";
import { messageOf } from "../../../core/text/errors.ts";
import { excerptOf } from "../../../core/text/excerpt.ts";
import { countVerdicts } from "../../../core/tickets/overall.ts";
import type { Verdict } from "../../../core/words/verdict.ts";
import type { Database } from "../../../database/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import { checkOnce, type OnceResult } from "../../../monitor/mod.ts";
import { renderOpenWork } from "../../../render/open-work.ts";
import { worstFirst, worstLines } from "../../../render/worst.ts";
import { type OpenSubject, openSubject, severitiesOf } from "../../../runtime/open-subject.ts";
import { NowhereError, resolveTarget } from "../../../runtime/resolve-subject.ts";
import type { Wanted } from "../../../runtime/select-subjects.ts";
import { processName, titleOf } from "../../../runtime/stored.ts";
import { primePast, whereaboutsOf } from "../../../runtime/warm-up.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";

/** What is looked at, where it is written, and how it is told. */
export interface OnceOptions {
  readonly wanted: Wanted;
  readonly database: Database;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Checks every subject once, and answers 0, 3 or 4 for all of them together. */
export async function watchOnce(options: OnceOptions): Promise<ExitCode> {
  const verdicts = await Promise.all(options.wanted.subjects.map((subject) => checkSubject(subject, options)));
  if (verdicts.includes("violated")) return EXIT.violated;
  return verdicts.includes("unknown") ? EXIT.unknown : EXIT.done;
}

async function checkSubject(subject: Subject, options: OnceOptions): Promise<Verdict> {
  const { wanted, database, signal } = options;
  try {
    const target = await resolveTarget(subject, wanted);
    await using opened = await openSubject(target, { database, clock: systemClock });
    await primePast(opened, signal);
    const result = await checkOnce(opened.session, {
      ...opened.monitoring,
      actor: `monitor/${processName()}`,
      signal,
    });
    tell(opened, result, options.json);
    return result.verdict;
  } catch (error) {
    if (!(error instanceof NowhereError)) throw error;
    log.warn(messageOf(error));
    return "unknown";
  }
}

function tell(opened: OpenSubject, { verdict, tracks, checkup, heldBy }: OnceResult, json: boolean): void {
  const { instance, database } = opened.monitoring;
  const title = titleOf(instance);
  const counts = countVerdicts(tracks);
  if (heldBy) log.info(`${title}: ${heldBy.holder} watches already, so nothing was written`);
  if (!checkup) log.warn(`${title}: nothing answers; ${whereaboutsOf(opened)}`);
  if (json) return printJson({ subject: instance.subject, instance: instance.name, verdict, ...counts, tracks });
  printText(`${title}: ${verdict} (${counts.violated} violated, ${counts.unknown} unknown, ${counts.holds} hold)`);
  const open = renderOpenWork({
    incidents: database.incidents.list({ instance: instance.id, unresolved: true }),
    tickets: database.tickets.list({ instance: instance.id, state: "open" }),
  });
  const wrong = worstLines(worstFirst(tracks, severitiesOf(opened)), ({ verdict, invariant, entity, summary }) => [
    verdict,
    invariant,
    entity,
    excerptOf(summary),
  ]);
  printText(...[...open, ...wrong].map((line) => `  ${line}`));
}
