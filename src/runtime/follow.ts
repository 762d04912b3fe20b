/** Works on a subject at its current location: waits until it exists, and follows it when it comes up elsewhere. */

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

/** Events about the location of a subject; `nowhere` is reported once. */
export type FollowEvent =
  | { readonly kind: "nowhere"; readonly error: SubjectNotFoundError }
  | { readonly kind: "moved"; readonly subject: string };

/** Options for following a subject. */
export interface FollowOptions {
  readonly database: Database;
  /** Milliseconds between two looks of the monitor. */
  readonly intervalMs: number;
  readonly onEvent: (event: FollowEvent) => void;
  /** Milliseconds between two checks whether it has come up, or come up elsewhere. @default {2000} */
  readonly lookEveryMs?: number;
  /** The work on the subject, until the signal aborts. */
  readonly work: (opened: OpenSubject, signal: AbortSignal) => Promise<void>;
}

const LOOK_EVERY_MS = 2000;

/** Works on one subject until the signal aborts; starts again when it comes up elsewhere. */
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

/** Waits until the deployment or settings of the target change; if they are gone, it keeps waiting. */
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
