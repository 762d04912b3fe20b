/** The doctor's look without breaking anything: whether every signal that the invariants need is there. */

import { messageOf } from "../../../core/text/errors.ts";
import { excerptOf } from "../../../core/text/excerpt.ts";
import { ANSWERS_PROBES, judgeAnswering } from "../../../core/tickets/blindness.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import { tableLines } from "../../../render/table.ts";
import { openSubject } from "../../../runtime/open-subject.ts";
import type { SubjectTarget } from "../../../runtime/resolve-subject.ts";
import { scratchDatabase } from "../../../runtime/scratch-database.ts";
import { primePast, whereaboutsOf } from "../../../runtime/warm-up.ts";
import { checkSignals, type SignalCheck } from "../../../trials/signals.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";

/** How it is told. */
export interface SignalOptions {
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Looks at a live system, writes nothing of it, and exits 4 if a signal is missing. */
export async function proveSignals(target: SubjectTarget, { json, signal }: SignalOptions): Promise<ExitCode> {
  using scratch = scratchDatabase();
  await using opened = await openSubject(target, { database: scratch.database, clock: systemClock });
  const { invariants, instance } = opened.monitoring;
  await primePast(opened, signal);
  try {
    const checkup = await opened.session.look({ signal });
    const answering = judgeAnswering({ name: instance.name, sources: checkup.sources, atMs: checkup.startedAtMs });
    const judged = { ...checkup, judgements: [...checkup.judgements, ...answering] };
    const checks = checkSignals(judged, [...invariants, ANSWERS_PROBES]);
    if (json) checks.forEach(printJson);
    else printText(...renderSignals(checks));
    return checks.every(({ missing }) => missing.length === 0) ? EXIT.done : EXIT.unknown;
  } catch (error) {
    signal.throwIfAborted();
    log.warn(`${messageOf(error)}; ${whereaboutsOf(opened)}`);
    return EXIT.unknown;
  }
}

/** A table of what each invariant can judge and what it misses. */
export function renderSignals(checks: readonly SignalCheck[]): readonly string[] {
  const rows = checks.flatMap(({ invariant, judged, missing }) => {
    const [first = "", ...more] = missing.map((reason) => excerptOf(reason));
    const state = missing.length === 0 ? "✓" : judged > 0 ? "in part" : "MISSING";
    return [[invariant, state, String(judged), first], ...more.map((reason) => ["", "", "", reason])];
  });
  return tableLines([["INVARIANT", "SIGNAL", "JUDGED", "WHAT IS MISSING"], ...rows]);
}
