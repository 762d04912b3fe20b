/**
 * Runs the probes of one session: one look at a time, no matter who asks, each probe at its own pace and within its own
 * deadline. All memory between readings is kept here; clients have none.
 */

import type { Clock } from "../system/clock.ts";
import type { SeriesSource } from "../system/series.ts";
import { formatDurationMs } from "../text/units.ts";
import type { EntityId } from "../words/ids.ts";
import {
  byName,
  type Failure,
  failureOf,
  namesOf,
  type Observation,
  type Probe,
  type ProbesOf,
  type Read,
  type Reading,
} from "./probe.ts";

/** What a look is asked for. */
export interface LookRequest {
  readonly signal: AbortSignal;
  /** Entities to be read by name; they stay so for ten minutes, no matter who looks next. */
  readonly tracked?: Iterable<EntityId>;
  /**
   * Milliseconds by the clock's `monotonic()`: the readings that count must have begun later, whatever their pace.
   * @default each probe at its own pace
   */
  readonly begunAfterMs?: number;
  /** Names of the readings that count for that. @default all */
  readonly reads?: readonly string[];
}

/** The readings of one look. */
export interface LookResult<R extends object> {
  /** Epoch milliseconds at which it began. */
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly observation: Observation<R>;
  /** Of each probe the reading before the present one, where there was one. */
  readonly previous: { readonly [Name in keyof R]?: Reading<R[Name]> };
}

/** What running probes needs. */
export interface LooksOptions<Client, R extends object> {
  readonly client: Client;
  readonly probes: ProbesOf<Client, R>;
  readonly clock: Clock;
  readonly series: SeriesSource;
  /** Milliseconds between two readings of one probe, however fresh they are asked for. @default {500} */
  readonly shortestPauseMs?: number;
}

const SHORTEST_PAUSE_MS = 500;

/** Milliseconds by which a look may come early for a probe's pace: a timer never fires to the millisecond. */
const JITTER_MS = 100;

const TRACKED_FOR_MS = 600_000;

/** What is remembered of one probe. */
interface Slot<Client, R extends object> {
  readonly name: string;
  readonly probe: Probe<Client, R[keyof R & string], R>;
  /** By the clock's `monotonic()`; absent before the first reading. */
  begunMs?: number;
  /** When the look began to which the last reading belongs: one that waits for others keeps its pace, too. */
  lookMs?: number;
  /** Milliseconds from then until the next reading at least, where the probe says so of the last one. */
  restMs?: number;
  /** A reading that has not ended, not even at its deadline. */
  running?: Promise<unknown> | undefined;
  read?: Read<R[keyof R & string]>;
  /** The last reading that succeeded. */
  last?: Reading<R[keyof R & string]>;
  /** The one before the present one. */
  before?: Reading<R[keyof R & string]>;
}

interface Running<R extends object> {
  readonly names: ReadonlySet<Name<R>>;
  readonly begunMs: number;
  readonly result: Promise<LookResult<R>>;
}

/** The looks of one session. */
export class Looks<Client, R extends object> {
  readonly #options: LooksOptions<Client, R>;
  readonly #names: readonly Name<R>[];
  readonly #slots: ReadonlyMap<Name<R>, Slot<Client, R>>;
  readonly #tracked = new Map<EntityId, number>();
  #running: Running<R> | undefined;

  constructor(options: LooksOptions<Client, R>) {
    this.#options = options;
    this.#names = namesOf(options.probes);
    this.#slots = new Map(this.#names.map((name) => [name, { name, probe: options.probes[name] }]));
  }

  /**
   * Looks, or joins the look that is under way where its readings are fresh enough.
   * @throws {DOMException} The signal's reason, if it aborts first; the look itself goes on for anyone else who waits.
   */
  async look({ signal, tracked = [], begunAfterMs, reads }: LookRequest): Promise<LookResult<R>> {
    const { clock } = this.#options;
    const addedMs = this.#track(tracked);
    const afterMs = Math.max(begunAfterMs ?? Number.NEGATIVE_INFINITY, addedMs ?? Number.NEGATIVE_INFINITY);
    const wanted = this.#names.filter((name) => !reads || addedMs !== undefined || reads.includes(name));
    for (;;) {
      signal.throwIfAborted();
      const running = this.#running;
      if (running && this.#isFresh(running, wanted, afterMs)) return await unlessAborted(running.result, signal);
      if (running) {
        await unlessAborted(
          running.result.catch(() => undefined),
          signal,
        );
        continue;
      }
      const stale = wanted.filter((name) => (this.#begunMs(name) ?? Number.NEGATIVE_INFINITY) < afterMs);
      const pauseMs = Math.max(0, ...stale.map((name) => this.#pauseOf(name)));
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      else this.#begin(stale);
    }
  }

  /** Milliseconds by `monotonic()` from which the new ones among them are read by name; `undefined` where none is new. */
  #track(entities: Iterable<EntityId>): number | undefined {
    const nowMs = this.#options.clock.monotonic();
    for (const [entity, lastMs] of this.#tracked) if (nowMs - lastMs > TRACKED_FOR_MS) this.#tracked.delete(entity);
    let isNew = false;
    for (const entity of entities) {
      isNew ||= !this.#tracked.has(entity);
      this.#tracked.set(entity, nowMs);
    }
    return isNew ? nowMs : undefined;
  }

  #isFresh({ names, begunMs }: Running<R>, wanted: readonly Name<R>[], afterMs: number): boolean {
    return wanted.every((name) => (names.has(name) ? begunMs : (this.#begunMs(name) ?? begunMs)) >= afterMs);
  }

  #begunMs(name: Name<R>): number | undefined {
    return this.#slots.get(name)?.begunMs;
  }

  #pauseOf(name: Name<R>): number {
    const { clock, shortestPauseMs = SHORTEST_PAUSE_MS } = this.#options;
    const begunMs = this.#begunMs(name);
    return begunMs === undefined ? 0 : begunMs + shortestPauseMs - clock.monotonic();
  }

  #begin(stale: readonly Name<R>[]): void {
    const begunMs = this.#options.clock.monotonic();
    const due = new Map([...this.#slots].filter(([name, slot]) => stale.includes(name) || isDue(slot, begunMs)));
    const result = this.#read(due, begunMs);
    const running = { names: new Set(due.keys()), begunMs, result };
    this.#running = running;
    const forget = (): void => {
      if (this.#running === running) this.#running = undefined;
    };
    void result.then(forget, forget);
  }

  async #read(due: Due<Client, R>, begunMs: number): Promise<LookResult<R>> {
    const { clock } = this.#options;
    const atMs = clock.now();
    for (const slot of due.values()) slot.lookMs = begunMs;
    const reading = new Map<Name<R>, Promise<void>>();
    const readOne = (name: Name<R>): Promise<void> => {
      const slot = due.get(name);
      if (!slot) return Promise.resolve();
      const started = reading.get(name) ?? this.#readAfter(slot, readOne);
      reading.set(name, started);
      return started;
    };
    await Promise.all([...due.keys()].map(readOne));
    return {
      atMs,
      elapsedMs: clock.monotonic() - begunMs,
      observation: byName(this.#names, (name) => this.#slots.get(name)?.read),
      previous: byName(this.#names, (name) => this.#slots.get(name)?.before),
    };
  }

  async #readAfter(slot: Slot<Client, R>, readOne: (name: Name<R>) => Promise<void>): Promise<void> {
    const { after = [], timeoutMs } = slot.probe;
    await Promise.all(after.map(readOne));
    const { clock, series, client } = this.#options;
    const atMs = clock.now();
    slot.begunMs = clock.monotonic();
    if (slot.running) {
      slot.read = { failed: "The reading before this one has not ended", outcome: "timed-out", atMs };
      return;
    }
    const options = {
      series,
      atMs,
      previous: slot.last,
      tracked: new Set(this.#tracked.keys()),
      readings: byName<Name<R>, Observation<R>>(after, (name) => this.#slots.get(name)?.read),
    };
    const limitMs = typeof timeoutMs === "number" ? timeoutMs : timeoutMs(client);
    const outcome = await within(
      { limitMs, clock, failed: `Cannot read ${slot.name}: no answer within ${formatDurationMs(limitMs)}` },
      (signal) => {
        const work = slot.probe.read(client, { ...options, signal });
        const ended = (): void => void (slot.running = undefined);
        slot.running = work.then(ended, ended);
        return work;
      },
    );
    const elapsedMs = clock.monotonic() - slot.begunMs;
    slot.restMs = slot.probe.restMs?.({ ...("value" in outcome && { value: outcome.value }), elapsedMs }) ?? 0;
    if (slot.last) slot.before = slot.last;
    if ("value" in outcome) slot.last = { ...outcome, atMs };
    slot.read = { ...outcome, atMs };
  }
}

type Name<R extends object> = keyof R & string;

type Due<Client, R extends object> = ReadonlyMap<Name<R>, Slot<Client, R>>;

function isDue<Client, R extends object>({ lookMs, restMs = 0, probe }: Slot<Client, R>, nowMs: number): boolean {
  if (lookMs === undefined) return true;
  const everyMs = Math.max(probe.everyMs, restMs);
  return nowMs - lookMs >= everyMs - Math.min(JITTER_MS, everyMs / 2);
}

/** How long one reading may take. */
export interface Deadline {
  readonly limitMs: number;
  readonly clock: Pick<Clock, "sleep">;
  /** What is said where nothing came in time. */
  readonly failed: string;
}

/** Runs with a signal that fires at the deadline, and does not wait for what ignores it. */
export async function within<T>(
  { limitMs, clock, failed }: Deadline,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly value: T } | Failure> {
  const late = new AbortController();
  const done = new AbortController();
  const expiry = clock.sleep(limitMs, done.signal).then(() => {
    late.abort(new DOMException(failed, "TimeoutError"));
    return { failed, outcome: "timed-out" } as const;
  });
  expiry.catch(() => undefined);
  try {
    return await Promise.race([run(late.signal).then((value) => ({ value })), expiry]);
  } catch (error) {
    return failureOf(error);
  } finally {
    done.abort();
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  aborted.catch(() => undefined);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
