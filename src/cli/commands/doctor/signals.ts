/** The doctor's look without breaking anything: whether every signal that the invariants need is there. */

import { messageOf } from "../../../core/text/errors.ts";
import { ANSWERS_PROBES, judgeAnswering } from "../../../core/tickets/blindness.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import { renderSignals } from "../../../render/signals.ts";
import { openSubject } from "../../../runtime/open-subject.ts";
import type { SubjectTarget } from "../../../runtime/resolve-subject.ts";
import { scratchDatabase } from "../../../runtime/scratch-database.ts";
import { primePast } from "../../../runtime/warm-up.ts";
import { checkSignals } from "../../../trials/signals.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";
import { whereaboutsOf } from "../../args/wording.ts";

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
