/** A desk on a live system: reads it again, and the past from its database. */

import { type BoundInspection, differenceOf, type Inspected, inspect } from "../../core/subject/inspection.ts";
import type { Session } from "../../core/subject/subject.ts";
import type { Clock } from "../../core/system/clock.ts";
import type { LogEvent } from "../../core/system/logs.ts";
import type { SeriesSource } from "../../core/system/series.ts";
import type { EntityId } from "../../core/words/ids.ts";
import type { Database } from "../../database/mod.ts";
import type { Case } from "../case/case.ts";
import { type DeskSources, type LogSpan, NotAvailableError } from "./sources.ts";
import { storedSources } from "./stored.ts";

/** What a live desk reads from. */
export interface LiveOptions {
  readonly case: Case;
  readonly database: Database;
  /** Id of the instance. */
  readonly instance: number;
  readonly session: LiveSession;
  /** What a deployment lets be read besides. */
  readonly inspections?: readonly BoundInspection[];
  readonly series: SeriesSource;
  readonly clock: Clock;
}

/** What a desk uses of a session. */
export type LiveSession = Pick<Session, "look"> & Partial<Pick<Session, "logs" | "inspections">>;

/** Newest lines of one log that are read at most. */
const MOST_LINES = 1000;

/** Answers from the system itself; logs and inspections that cannot be read any more, as frozen with the tickets. */
export function liveSources(options: LiveOptions): DeskSources {
  const { session, series, clock, database, instance } = options;
  const frozen = storedSources(options.case);
  const all = [...(session.inspections ?? []), ...(options.inspections ?? [])];
  return {
    series,
    metrics: () => database.samples.metrics(instance),
    async logs(span, signal) {
      const events = await liveLog(span, session, signal);
      return events ?? (await frozen.logs(span, signal));
    },
    inspections: (component) =>
      all
        .filter(({ appliesTo }) => appliesTo(component))
        .map(({ id, description, cost }) => ({ id, description, cost })),
    async inspect(component, id, signal) {
      const inspection = all.find((one) => one.id === id && one.appliesTo(component));
      if (!inspection) throw new NotAvailableError(`There is no inspection "${id}" of ${component}`);
      const shown = await inspect(inspection, component, { atMs: clock.now(), signal });
      return compared(shown, inspection, options);
    },
    look(signal) {
      const { tickets } = options.case;
      const invariants = [...new Set(tickets.map(({ invariant }) => invariant))];
      const tracked: readonly EntityId[] = tickets.flatMap(({ affected }) => affected);
      return session.look({ signal, begunAfterMs: clock.monotonic(), invariants, tracked });
    },
  };
}

/** `undefined` where there is no log to read. */
async function liveLog(
  { component, sinceMs, untilMs }: LogSpan,
  { logs }: LiveSession,
  signal: AbortSignal,
): Promise<readonly LogEvent[] | undefined> {
  if (!logs) return undefined;
  try {
    return await Array.fromAsync(logs(component, { sinceMs, untilMs, limit: MOST_LINES, signal }));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function compared(
  shown: Inspected,
  { compared: how }: BoundInspection,
  { database, instance }: LiveOptions,
): Inspected {
  const earlier = how && database.inspections.healthy(instance, shown);
  const difference = how && earlier && differenceOf(earlier, shown, how);
  return difference ? { ...shown, difference } : shown;
}
