/** Gathers the evidence that opening tickets freeze: observation, picture, window of samples, log tails. */

import type { Session } from "../core/subject/subject.ts";
import type { LogEvent } from "../core/system/logs.ts";
import { isAbstract } from "../core/system/places.ts";
import type { SeriesWindow } from "../core/system/series.ts";
import { messageOf } from "../core/text/errors.ts";
import type { EntityState } from "../core/tickets/entity-state.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { FrozenEvidence, LogTail } from "../database/mod.ts";
import { inspectAround } from "./inspect.ts";
import type { Observed } from "./observe.ts";
import type { CheckupOptions } from "./options.ts";

/** Evidence that is not written yet. */
export type Gathered = Omit<FrozenEvidence, "id">;

/** What the evidence is of. */
export interface Opening {
  /** Epoch milliseconds at which the checkup was due. */
  readonly atMs: number;
  /** The entity states whose tickets open. */
  readonly entityStates: readonly EntityState[];
  readonly observed: Observed;
}

/** Milliseconds of samples before the opening that are kept with it. */
const WINDOW_MS = 900_000;

/** In a storm the logs of the first components tell enough. */
const MOST_LOGS = 20;

const LOG_LINES = 200;
const LOG_SINCE_MS = 60_000;
/** A ticket must not be late for the sake of its evidence. */
const DEADLINE_MS = 750;

/** Everything that can be had soon; what cannot is frozen as the reason why. */
export async function gatherEvidence(session: Session, opening: Opening, options: CheckupOptions): Promise<Gathered> {
  const { atMs, entityStates } = opening;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const components = [...new Set(entityStates.map(({ on }) => on))].slice(0, MOST_LOGS);
  const sinceMs = Math.min(atMs, ...entityStates.map(({ violatedSinceMs = atMs }) => violatedSinceMs)) - LOG_SINCE_MS;
  const logged = components.filter((id) => !isAbstract(id));
  const [logs, series, inspections] = await Promise.all([
    Promise.all(session.logs ? logged.map((component) => tailOf(session, component, { sinceMs, signal })) : []),
    copiedSeries(options, atMs, signal),
    inspectAround(components, opening.observed.checkup?.picture, { session, options, signal }),
  ]);
  return { ...withoutLogs(opening, options), logs, series, inspections };
}

/** What can be frozen without waiting. */
export function withoutLogs({ atMs, observed }: Opening, { instance }: CheckupOptions): Gathered {
  const { checkup, failed } = observed;
  return {
    instance: instance.id,
    atMs,
    window: { fromMs: atMs - WINDOW_MS, toMs: atMs },
    observation: checkup?.observation ?? { failed },
    logs: [],
    series: [],
    ...(checkup && { picture: checkup.picture, topology: checkup.topology }),
  };
}

interface TailOptions {
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

async function tailOf(session: Session, component: ComponentId, { sinceMs, signal }: TailOptions): Promise<LogTail> {
  const events: LogEvent[] = [];
  const reading = async (): Promise<void> => {
    for await (const event of session.logs?.(component, { sinceMs, limit: LOG_LINES, signal }) ?? []) {
      events.push(event);
      if (events.length > LOG_LINES) events.shift();
    }
  };
  try {
    await Promise.race([reading(), aborted(signal)]);
    return { component, events };
  } catch (error) {
    return { component, events: [...events], failed: messageOf(error) };
  }
}

async function copiedSeries(
  { evidenceMetrics = [], series }: CheckupOptions,
  endMs: number,
  signal: AbortSignal,
): Promise<readonly SeriesWindow[]> {
  const ask = async (metric: string): Promise<readonly SeriesWindow[]> => {
    try {
      return await Promise.race([series({ metric, windowMs: WINDOW_MS, endMs }, signal), aborted(signal)]);
    } catch {
      // Its silence is on record already, as a source's.
      return [];
    }
  };
  return (await Promise.all(evidenceMetrics.map(ask))).flat();
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
