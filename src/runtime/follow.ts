/** Works on a subject wherever it is: waits for one that is not there yet, and follows one that comes up elsewhere. */

import type { Database } from "../database/mod.ts";
import { systemClock } from "../io/clock.ts";
import { type OpenSubject, openSubject } from "./subjects/open-subject.ts";
import {
  resolveTarget,
  SubjectNotFoundError,
  type SubjectSelection,
  type SubjectTarget,
} from "./subjects/resolve-subject.ts";
import { together } from "./together.ts";
import { warmUp } from "./warm-up.ts";

/** What there is to know of where a subject is; `nowhere` is told once. */
export type FollowEvent =
  | { readonly kind: "nowhere"; readonly error: SubjectNotFoundError }
  | { readonly kind: "moved"; readonly subject: string };

/** What is done with a subject that is followed. */
export interface FollowOptions {
  readonly database: Database;
  /** Milliseconds between two looks of the monitor. */
  readonly intervalMs: number;
  readonly onEvent: (event: FollowEvent) => void;
  /** Milliseconds between two looks whether it has come up, or come up elsewhere. @default {2000} */
  readonly lookEveryMs?: number;
  /** Done where the subject is, until the signal aborts. */
  readonly work: (opened: OpenSubject, signal: AbortSignal) => Promise<void>;
}

const LOOK_EVERY_MS = 2000;

/** Works on one subject until the signal aborts; begins anew where it comes up elsewhere. */
async function follow(wanted: SubjectSelection, options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { database, intervalMs, onEvent, lookEveryMs = LOOK_EVERY_MS } = options;
  while (!signal.aborted) {
    const target = await whenThere(wanted, options, signal);
    await using opened = await openSubject(target, { database, clock: systemClock, intervalMs });
    await warmUp(opened, signal);
    const moved = new AbortController();
    await together(AbortSignal.any([signal, moved.signal]), [
      (ended) => options.work(opened, ended),
      async (ended) => {
        if (!(await hasMoved(target, { wanted, lookEveryMs }, ended))) return;
        onEvent({ kind: "moved", subject: wanted.subject.id });
        moved.abort();
      },
    ]);
  }
}

/** Follows several side by side; when one fails, the others end. */
export function followAll(
  wanted: readonly SubjectSelection[],
  options: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  return together(
    signal,
    wanted.map((one) => (ended: AbortSignal) => follow(one, options, ended)),
  );
}

async function whenThere(
  wanted: SubjectSelection,
  { onEvent, lookEveryMs = LOOK_EVERY_MS }: FollowOptions,
  signal: AbortSignal,
): Promise<SubjectTarget> {
  for (let told = false; ; told = true) {
    try {
      return await resolveTarget(wanted);
    } catch (error) {
      if (!(error instanceof SubjectNotFoundError)) throw error;
      if (!told) onEvent({ kind: "nowhere", error });
    }
    await systemClock.sleep(lookEveryMs, signal);
  }
}

/** Waits until what the target was found by says something else; that it says nothing at all changes nothing. */
async function hasMoved(
  { name, configured }: SubjectTarget,
  { wanted, lookEveryMs }: { readonly wanted: SubjectSelection; readonly lookEveryMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for (;;) {
      await systemClock.sleep(lookEveryMs, signal);
      const now = await resolveTarget(wanted).catch(() => undefined);
      if (now?.name === name && !Bun.deepEquals(now.configured.config, configured.config)) return true;
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
