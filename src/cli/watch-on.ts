/** Watches until told to end: waits for a subject that is not there yet, and follows one that comes up elsewhere. */

import { messageOf } from "../core/errors.ts";
import type { Subject } from "../core/subject.ts";
import type { Database } from "../database/mod.ts";
import { systemClock } from "../io/clock.ts";
import { type MonitorEvent, monitor } from "../monitor/mod.ts";
import type { Wanted } from "./choose-subject.ts";
import { primePast, whereaboutsOf } from "./first-look.ts";
import { type OpenSubject, openSubject } from "./open-subject.ts";
import { NowhereError, type ResolvedTarget, resolveTarget } from "./resolve-subject.ts";
import { processName, titleOf } from "./stored.ts";
import { together } from "./together.ts";
import type { WatchDisplay } from "./watch-display.ts";

/** What is watched, how often, and who is told. */
export interface WatchOptions {
  readonly wanted: Wanted;
  readonly database: Database;
  readonly intervalMs: number;
  readonly display: WatchDisplay;
}

/** How often it is looked whether a subject has come up, or come up elsewhere. */
const LOOK_EVERY_MS = 2000;

/** Watches one subject until the signal aborts. */
export async function watchOn(subject: Subject, options: WatchOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const target = await whenThere(subject, options, signal);
    await using opened = await openSubject(target, { database: options.database, clock: systemClock });
    await primePast(opened, signal);
    const moved = new AbortController();
    await together(AbortSignal.any([signal, moved.signal]), [
      (ended) => watch(opened, options, ended),
      async (ended) => {
        if (await hasMoved(target, options, ended)) moved.abort();
      },
    ]);
  }
}

function watch(opened: OpenSubject, { intervalMs, display }: WatchOptions, signal: AbortSignal): Promise<void> {
  let blind = false;
  function onEvent(event: MonitorEvent): void {
    display.show(opened, event);
    if (event.kind !== "checkup") return;
    const wasBlind = blind;
    blind = event.checkup.failed !== undefined;
    const title = titleOf(opened.monitoring.instance);
    if (blind && !wasBlind) display.say(`${title}: nothing answers; ${whereaboutsOf(opened)}`);
    if (!blind && wasBlind) display.say(`${title}: answers again`);
  }
  const { session, monitoring } = opened;
  return monitor(session, { ...monitoring, actor: `monitor/${processName()}`, intervalMs, onEvent, signal });
}

async function whenThere(
  subject: Subject,
  { wanted, display }: WatchOptions,
  signal: AbortSignal,
): Promise<ResolvedTarget> {
  for (let told = false; ; told = true) {
    try {
      return await resolveTarget(subject, wanted);
    } catch (error) {
      if (!(error instanceof NowhereError)) throw error;
      if (!told) display.say(`${messageOf(error)}; waiting for it`);
    }
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Waits until what the target was found by says something else; that it says nothing at all changes nothing. */
async function hasMoved(
  { subject, name, config }: ResolvedTarget,
  { wanted, display }: WatchOptions,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for (;;) {
      await systemClock.sleep(LOOK_EVERY_MS, signal);
      const now = await resolveTarget(subject, wanted).catch(() => undefined);
      if (now?.name !== name || Bun.deepEquals(now.config, config)) continue;
      display.say(`${subject.id} has come up elsewhere; following it`);
      return true;
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
