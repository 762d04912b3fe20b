/** Weighs what the series of a component show, and takes away what the components that it calls explain. */

import type { Signal } from "../../system/picture.ts";

/** What a component's own fault shows in, what is passed on along calls, and what only follows. */
const LOCAL: readonly Signal[] = ["cpu", "memory", "io", "node"];
const PASSED_ON: readonly Signal[] = ["latency", "error"];
const FOLLOWING: readonly Signal[] = ["traffic", "network"];

const WEIGHTS: Readonly<Record<Signal, number>> = {
  cpu: 1,
  memory: 1,
  io: 0.9,
  error: 0.9,
  latency: 0.7,
  traffic: 0.5,
  network: 0.5,
  node: 0.4,
};
/** Spreads at which a series counts half. */
const HALF_AT = 10;
/** Spreads from which a component counts as touched by what is passed on. */
const TOUCHED_AT = 3;

/** The largest shift of each signal of one component, in spreads. */
export type Shifts = Partial<Record<Signal, number>>;

/** What is known besides the series. */
export interface Surroundings {
  /** Calls from component to component; absent where none are known. */
  readonly calls?: readonly (readonly [caller: string, callee: string])[];
  /** In what the trouble was noticed. */
  readonly symptom?: { readonly component: string; readonly signal?: Signal };
  /** Whether a component is outside the system, or only a caller's view of another. */
  readonly isOutside?: (component: string) => boolean;
}

/** What a component comes to. */
export interface Weighed {
  readonly component: string;
  readonly score: number;
  /** The called component that accounts for most of what was passed on, and the share of it. */
  readonly explainedBy?: { readonly component: string; readonly ratio: number };
  /** Share of what is passed on in the whole system that is its own and its callers'. */
  readonly coverage: number;
}

/** What one component shows before its callees are asked. */
interface Own {
  readonly local: number;
  readonly following: number;
  readonly passedOn: number;
  /** Spreads of the largest shift that is passed on. */
  readonly largest: number;
}

/** Weighs components, the one with the largest score first; what scores nothing is left out. */
export function weigh(
  shifts: ReadonlyMap<string, Shifts>,
  surroundings: Surroundings,
  calls: Neighbours,
): readonly Weighed[] {
  const owns = new Map([...shifts].map(([component, shift]) => [component, ownOf(shift, surroundings)]));
  const touched = new Set([...owns].filter(([, { largest }]) => largest >= TOUCHED_AT).map(([id]) => id));
  const total = sum([...touched].map((id) => owns.get(id)?.passedOn ?? 0));
  const weighed = [...owns].map(([component, own]): Weighed => {
    const everything = own.local + own.following + own.passedOn;
    const factor = factorOf(component, surroundings);
    if (!surroundings.calls) return { component, score: everything * factor, coverage: 1 };
    const upstream = [...reachableWithin(component, calls.callers, touched)];
    const coverage = total === 0 ? 0 : sum(upstream.map((id) => owns.get(id)?.passedOn ?? 0)) / total;
    const explained = explainedBy(own, calls.callees.get(component) ?? new Set(), owns);
    const place = placeFactor(component, surroundings, calls) * (0.25 + 0.75 * Math.min(1, coverage));
    const left = own.passedOn * (1 - (explained?.ratio ?? 0)) * place;
    const score = (own.local + own.following + left) * factor + 0.001 * everything;
    return { component, score, ...(explained && { explainedBy: explained }), coverage };
  });
  return weighed.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score);
}

function ownOf(shifts: Shifts, { symptom }: Surroundings): Own {
  const strengthOf = (signal: Signal): number => {
    const z = shifts[signal] ?? 0;
    return (WEIGHTS[signal] * z) / (z + HALF_AT);
  };
  // Where the symptom is one of the two, the other one counts half.
  const passedOn = PASSED_ON.map((signal) => {
    const isOther = symptom?.signal !== undefined && PASSED_ON.includes(symptom.signal) && signal !== symptom.signal;
    return { signal, by: isOther ? 0.5 : 1 };
  });
  return {
    local: sum(LOCAL.map(strengthOf)),
    following: sum(FOLLOWING.map(strengthOf)),
    passedOn: sum(passedOn.map(({ signal, by }) => strengthOf(signal) * by)),
    largest: Math.max(...passedOn.map(({ signal, by }) => (shifts[signal] ?? 0) * by)),
  };
}

function factorOf(component: string, { isOutside }: Surroundings): number {
  return isOutside?.(component) ? 0.5 : 1;
}

/** What lies off the symptom's own calls, and the symptom itself, is less likely its cause. */
function placeFactor(component: string, { symptom }: Surroundings, { fromSymptom }: Neighbours): number {
  if (!symptom) return 1;
  return (fromSymptom.has(component) ? 1 : 0.5) * (component === symptom.component ? 0.5 : 1);
}

function explainedBy(
  own: Own,
  callees: ReadonlySet<string>,
  owns: ReadonlyMap<string, Own>,
): Weighed["explainedBy"] | undefined {
  const candidates = [...callees]
    .map((component) => ({ component, largest: owns.get(component)?.largest ?? 0 }))
    .filter(({ largest }) => largest >= TOUCHED_AT)
    .map(({ component, largest }) => ({ component, ratio: own.largest > 0 ? Math.min(1, largest / own.largest) : 1 }));
  return candidates.toSorted((a, b) => b.ratio - a.ratio)[0];
}

/** Who calls whom among the components that were measured. */
export interface Neighbours {
  readonly callees: ReadonlyMap<string, ReadonlySet<string>>;
  readonly callers: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the symptom's component depends on, directly or not, and itself. */
  readonly fromSymptom: ReadonlySet<string>;
}

/** Calls between components that were measured; a chain through others is one call. */
export function neighboursOf(measured: ReadonlySet<string>, surroundings: Surroundings): Neighbours {
  const { calls = [] } = surroundings;
  const direct = Map.groupBy(calls, ([caller]) => caller);
  const calleesOf = (component: string): readonly string[] => (direct.get(component) ?? []).map(([, callee]) => callee);
  const callees = new Map<string, Set<string>>();
  const callers = new Map<string, Set<string>>();
  for (const caller of measured) {
    const seen = new Set([caller]);
    const waiting = [...calleesOf(caller)];
    for (let callee = waiting.pop(); callee !== undefined; callee = waiting.pop()) {
      if (seen.has(callee)) continue;
      seen.add(callee);
      if (!measured.has(callee)) waiting.push(...calleesOf(callee));
      else link(caller, callee);
    }
  }
  return { callees, callers, fromSymptom: reachableFrom(surroundings) };

  function link(caller: string, callee: string): void {
    callees.set(caller, (callees.get(caller) ?? new Set()).add(callee));
    callers.set(callee, (callers.get(callee) ?? new Set()).add(caller));
  }
}

function reachableFrom({ symptom, calls = [] }: Surroundings): ReadonlySet<string> {
  if (!symptom) return new Set();
  const callees = Map.groupBy(calls, ([caller]) => caller);
  const next = new Map([...callees].map(([caller, own]) => [caller, new Set(own.map(([, callee]) => callee))]));
  return walk(symptom.component, next, () => true);
}

/** A component and what leads to it through components that are touched. */
function reachableWithin(
  start: string,
  next: Neighbours["callers"],
  touched: ReadonlySet<string>,
): ReadonlySet<string> {
  const found = new Set(walk(start, next, (id) => touched.has(id)));
  if (!touched.has(start)) found.delete(start);
  return found;
}

function walk(start: string, next: Neighbours["callees"], goesOn: (id: string) => boolean): ReadonlySet<string> {
  const seen = new Set([start]);
  const waiting = [start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const one of next.get(id) ?? []) {
      if (seen.has(one) || !goesOn(one)) continue;
      seen.add(one);
      waiting.push(one);
    }
  }
  return seen;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
