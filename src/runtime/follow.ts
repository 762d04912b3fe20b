/** Works on a subject wherever it is: waits for one that is not there yet, and follows one that comes up elsewhere. */

import type { WatchDisplay } from "../cli/commands/watch/display.ts";
import type { Subject } from "../core/subject/subject.ts";
import { messageOf } from "../core/text/errors.ts";
import type { Database } from "../database/mod.ts";
import { systemClock } from "../io/clock.ts";
import { type OpenSubject, openSubject } from "./open-subject.ts";
import { NowhereError, type ResolvedTarget, resolveTarget } from "./resolve-subject.ts";
import type { Wanted } from "./select-subjects.ts";
import { together } from "./together.ts";
import { primePast } from "./warm-up.ts";

/** What is followed, who is told of it, and what for. */
export interface FollowOptions {
  readonly wanted: Wanted;
  readonly database: Database;
  readonly display: Pick<WatchDisplay, "say">;
  /** Milliseconds between two looks of the monitor. */
  readonly intervalMs: number;
  /** Done where the subject is, until the signal aborts. */
  readonly work: (opened: OpenSubject, signal: AbortSignal) => Promise<void>;
}

/** How often it is looked whether a subject has come up, or come up elsewhere. */
const LOOK_EVERY_MS = 2000;

/** Works on one subject until the signal aborts; begins anew where it comes up elsewhere. */
export async function follow(subject: Subject, options: FollowOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const target = await whenThere(subject, options, signal);
    await using opened = await openSubject(target, {
      database: options.database,
      clock: systemClock,
      intervalMs: options.intervalMs,
    });
    await primePast(opened, signal);
    const moved = new AbortController();
    await together(AbortSignal.any([signal, moved.signal]), [
      (ended) => options.work(opened, ended),
      async (ended) => {
        if (await hasMoved(target, options, ended)) moved.abort();
      },
    ]);
  }
}

async function whenThere(
  subject: Subject,
  { wanted, display }: FollowOptions,
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
  { wanted, display }: FollowOptions,
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
