/** Probes: values that each read one thing of a subject, at their own pace and within their own deadline. */

import type { SeriesSource } from "../system/series.ts";
import { messageOf, ProbeError } from "../text/errors.ts";
import { excerptOf } from "../text/excerpt.ts";
import type { ProbeTranscript } from "../text/probe-transcript.ts";
import type { EntityId } from "../words/ids.ts";
import type { ProbeFailure } from "../words/probe-outcome.ts";

/** Why nothing was read: in words, and told apart by what became of the connection. */
export interface Failure {
  readonly failed: string;
  readonly outcome: ProbeFailure;
  /** The system's own word for it, such as `NOAUTH`, `ECONNREFUSED` or `503`. */
  readonly word?: string;
  /** Where it was asked, of what does not stay at one address. */
  readonly address?: string;
  /** What was seen on the wire, where the client records it. */
  readonly wire?: Wire;
}

/** A transcript as JSON. */
export type Wire = Omit<ProbeTranscript, "firstBytes"> & {
  /** How the answer began, without secrets and control characters. */
  readonly beginning: string;
};

/** A part of a reading, or why it could not be had. */
export type Probed<T> = { readonly value: T } | Failure;

/** A reading that succeeded. */
export interface Reading<Value> {
  readonly value: Value;
  /** Epoch milliseconds at which reading began. */
  readonly atMs: number;
}

/** A reading, or why there is none. */
export type Read<Value> = Reading<Value> | (Failure & { readonly atMs: number });

/** What is read at one moment, by the names of the probes. */
export type Observation<R extends object> = { readonly [Name in keyof R]: Read<R[Name]> };

/** What one reading is given. */
export interface ReadOptions<Value, Seen extends object = object> {
  readonly signal: AbortSignal;
  /** The last reading that succeeded: what a probe has to remember is part of its value. */
  readonly previous: Reading<Value> | undefined;
  /** Entities that are read by name even where they have fallen out of a top-N list. */
  readonly tracked: ReadonlySet<EntityId>;
  /** The past: rates and quantiles need one. */
  readonly series: SeriesSource;
  /** Readings of this look by the probes that it comes after. */
  readonly readings: Observation<Seen>;
  /** Epoch milliseconds at which this reading begins. */
  readonly atMs: number;
}

/** What the last reading came to. */
export interface ReadingCost<Value> {
  /** Absent where it failed. */
  readonly value?: Value;
  readonly elapsedMs: number;
}

/** Reads one thing of a subject. One that asks many components answers for each of them, so that a silent one hides no other. */
export interface Probe<Client, Value, Seen extends object = object> {
  /** Milliseconds between two readings at least; a look in between takes the last one. */
  readonly everyMs: number;
  /** Milliseconds between two readings at least, by what the last one cost its source. @default {everyMs} */
  readonly restMs?: (cost: ReadingCost<Value>) => number;
  /** Milliseconds that one reading may take; where a client is told its deadlines, computed from them. */
  readonly timeoutMs: number | ((client: Client) => number);
  /** Probes whose readings of the same look it is handed. */
  readonly after?: readonly (keyof Seen & string)[];
  /** Names a source that is no component, such as a Prometheus; its silence is not the subject's. It is read at the subject's `metricsUrl`, where there is one. */
  readonly source?: string;
  /** Why nothing in a reading was answered, where that is so: a reading with an entry per component never fails itself. */
  readonly silence?: (value: Value) => string | undefined;
  /** @throws {ProbeError} If there is no answer. */
  readonly read: (client: Client, options: ReadOptions<Value, Seen>) => Promise<Value>;
}

/** The probes of a subject by the names of what they read. */
export type ProbesOf<Client, R extends object> = {
  readonly [Name in keyof R & string]: Probe<Client, R[Name], R>;
};

/** Fixes client and readings, so that each probe is typed by what it reads and by what it comes after. */
export function probesOn<Client, R extends object>() {
  return <const Name extends keyof R & string, const After extends keyof R & string = never>(
    _name: Name,
    probe: Probe<Client, R[Name], Pick<R, After>>,
  ): Probe<Client, R[Name], R> => probe;
}

/** The names of all probes, in their order. */
export function namesOf<Client, R extends object>(probes: ProbesOf<Client, R>): readonly (keyof R & string)[] {
  const isName = (name: string): name is keyof R & string => Object.hasOwn(probes, name);
  return Object.keys(probes).filter(isName);
}

/** Gathers what is picked under each name; what is `undefined` is left out. */
export function byName<Name extends string, All extends object>(
  names: readonly Name[],
  pick: (name: Name) => All[keyof All & Name] | undefined,
): All {
  const picked: readonly unknown[][] = names.map((name) => [name, pick(name)]);
  return Object.fromEntries(picked.filter(([, value]) => value !== undefined));
}

/** Turns a failed read into data, so that one silent endpoint does not hide the rest. */
export async function probe<T>(read: () => Promise<T>): Promise<Probed<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return failureOf(error);
  }
}

/** What is known of a read that threw. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ProbeError)) return { failed: messageOf(error), outcome: "failed" };
  const { outcome, word, address, transcript } = error;
  return {
    failed: messageOf(error),
    outcome,
    ...(word !== undefined && { word }),
    ...(address !== undefined && { address }),
    ...(transcript && { wire: wireOf(transcript) }),
  };
}

function wireOf({ firstBytes, ...timing }: ProbeTranscript): Wire {
  return { ...timing, beginning: excerptOf(new TextDecoder().decode(firstBytes), firstBytes.length) };
}
