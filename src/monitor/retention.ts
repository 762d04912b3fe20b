/** Forgets what is too old, a little at a time. */

import type { CheckupOptions } from "./options.ts";

/** Milliseconds between two times of forgetting. */
const EVERY_MS = 60_000;

/** So many times per turn a part of the samples is forgotten, that a turn never takes long. */
const PARTS = 5;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Forgets once a minute when called after each round. */
export function forgetter({ database, instance, clock, retention = {} }: CheckupOptions): (atMs: number) => void {
  const { samplesMs = 6 * HOUR_MS, evidenceMs = 7 * DAY_MS, historyMs = 30 * DAY_MS } = retention;
  let last = clock.monotonic();
  return (atMs) => {
    if (clock.monotonic() - last < EVERY_MS) return;
    last = clock.monotonic();
    const horizon = { beforeMs: atMs - samplesMs, evidenceBeforeMs: atMs - evidenceMs };
    for (let part = 0; part < PARTS && database.samples.prune(instance.id, horizon) > 0; part++);
    database.checkups.prune(instance.id, atMs - historyMs);
    database.events.prune(instance.id, atMs - historyMs);
    database.evidence.prune(instance.id, atMs - evidenceMs);
    database.investigations.prune(instance.id, atMs - evidenceMs);
    database.pictures.prune(instance.id, atMs - historyMs);
  };
}
