/** Inspections: named read-only reads of one component, on demand, bounded in time and size. */

import { excerptOf } from "../text/excerpt.ts";
import { redactJson } from "../text/redaction.ts";
import type { ComponentId } from "../words/ids.ts";
import { failureOf } from "./probe.ts";

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** `cheap` ones are read and frozen when a ticket opens; `costly` ones only when somebody asks. */
export type InspectionCost = "cheap" | "costly";

/** How a value is set beside an earlier one: what is other now, or by how much counters grew. */
export type Comparison = "changes" | "increases";

/** An inspection as its author writes it. */
export interface Inspection<Reader> {
  /** Stable kebab-case name. */
  readonly id: string;
  /** What it shows, in one sentence. */
  readonly description: string;
  readonly cost: InspectionCost;
  /** Milliseconds that it may take. */
  readonly timeoutMs: number;
  /** Whether there is such a thing to read of that component. */
  readonly appliesTo: (component: ComponentId) => boolean;
  /** How it is set beside the reading of the last healthy look; absent where that says nothing. */
  readonly compared?: Comparison;
  /**
   * Reads; nothing else: the reader has no way to change anything.
   * @throws {ProbeError} If there is no answer.
   */
  readonly read: (reader: Reader, component: ComponentId, signal: AbortSignal) => Promise<Json>;
}

/** An inspection whose reader is closed over. */
export interface BoundInspection extends Omit<Inspection<never>, "read"> {
  readonly read: (component: ComponentId, signal: AbortSignal) => Promise<Json>;
}

/** What one inspection showed. */
export interface Inspected {
  readonly id: string;
  readonly component: ComponentId;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Absent where it failed. */
  readonly value?: Json;
  readonly failed?: string;
  /** Whether the value was cut to its bound. */
  readonly isCut?: boolean;
  /** What is other than at the last healthy look. */
  readonly difference?: Difference;
}

/** What two readings differ in. */
export interface Difference {
  /** Epoch milliseconds of the earlier reading. */
  readonly sinceMs: number;
  readonly changes: readonly Change[];
}

/** One leaf that differs; of a counter `by` says by how much it grew. */
export interface Change {
  /** Names from the root, joined by dots. */
  readonly path: string;
  readonly was?: Json;
  readonly is?: Json;
  readonly by?: number;
}

/** Bytes of one value at most, as JSON. */
const MAX_BYTES = 16_384;

/** Characters of one text within it at most. */
const MAX_TEXT = 2000;

/** Changes listed at most. */
const MAX_CHANGES = 100;

/** A value that came as JSON; what JSON cannot say is left out. */
export function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** Binds an inspection to what it reads from. */
export function bindInspection<Reader>(inspection: Inspection<Reader>, reader: Reader): BoundInspection {
  const { read, ...rest } = inspection;
  return { ...rest, read: (component, signal) => read(reader, component, signal) };
}

/** Reads within the inspection's own deadline and bound; what fails is told, not thrown. */
export async function inspect(
  inspection: BoundInspection,
  component: ComponentId,
  { atMs, signal }: { readonly atMs: number; readonly signal: AbortSignal },
): Promise<Inspected> {
  const shown = { id: inspection.id, component, atMs };
  const within = AbortSignal.any([signal, AbortSignal.timeout(inspection.timeoutMs)]);
  try {
    const value = await Promise.race([inspection.read(component, within), aborted(within)]);
    return { ...shown, ...bounded(jsonOf(redactJson(value))) };
  } catch (error) {
    const failed = within.aborted ? "No answer in time" : excerptOf(failureOf(error).failed, MAX_TEXT);
    return { ...shown, failed };
  }
}

/** What is other now than in an earlier reading. */
export function differenceOf(earlier: Inspected, now: Inspected, how: Comparison): Difference | undefined {
  if (earlier.value === undefined || now.value === undefined) return undefined;
  const was = leavesOf(earlier.value);
  const is = leavesOf(now.value);
  const paths = [...new Set([...was.keys(), ...is.keys()])];
  const changes =
    how === "changes"
      ? paths.flatMap((path) => changeOf(path, was.get(path), is.get(path)))
      : paths
          .flatMap((path) => increaseOf(path, was.get(path), is.get(path)))
          .toSorted((a, b) => b.growth - a.growth)
          .map(({ path, by }) => ({ path, by }));
  return { sinceMs: earlier.atMs, changes: changes.slice(0, MAX_CHANGES) };
}

function changeOf(path: string, was: Json | undefined, is: Json | undefined): readonly Change[] {
  if (was === is) return [];
  return [{ path, ...(was !== undefined && { was }), ...(is !== undefined && { is }) }];
}

/** Significant figures of a difference: what binary fractions add is no part of it. */
const FIGURES = 12;

interface Increase {
  readonly path: string;
  readonly by: number;
  /** How many times what it was: what never counted before says most, and a clock that goes on says least. */
  readonly growth: number;
}

function increaseOf(path: string, before: Json | undefined, is: Json | undefined): readonly Increase[] {
  const was = typeof before === "number" ? before : 0;
  if (typeof is !== "number" || is === was || is === 0) return [];
  // A counter that is smaller than before began anew, if it is no level.
  if (is < was) return [{ path, by: is, growth: 0 }];
  const by = Number((is - was).toPrecision(FIGURES));
  return [{ path, by, growth: by / Math.max(1, was) }];
}

/** Every leaf of a value by its path. */
export function leavesOf(value: Json, path = ""): ReadonlyMap<string, Json> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  const inner = Object.entries(value).flatMap(([name, part]) => [
    ...leavesOf(part, path === "" ? name : `${path}.${name}`),
  ]);
  return new Map(inner);
}

function bounded(value: Json): Pick<Inspected, "value" | "isCut"> {
  const short = shortened(value);
  const text = JSON.stringify(short);
  if (text.length <= MAX_BYTES)
    return text === JSON.stringify(value) ? { value: short } : { value: short, isCut: true };
  if (typeof short !== "object" || short === null) return { value: short, isCut: true };
  return { value: Array.isArray(short) ? head(short) : Object.fromEntries(head(Object.entries(short))), isCut: true };
}

/** As many entries from the beginning as fit the bound. */
function head<Entry>(entries: readonly Entry[]): Entry[] {
  let bytes = 2;
  return entries.slice(
    0,
    entries.findIndex((entry) => (bytes += JSON.stringify(entry).length + 1) > MAX_BYTES),
  );
}

function shortened(value: Json): Json {
  if (typeof value === "string") return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part)]));
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
