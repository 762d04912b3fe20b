/** Conditions that every healthy observation satisfies, and what they say of each expected entity. */

import type { ComponentId, EntityId, Scalar } from "../words/ids.ts";
import type { Symptom } from "../words/symptom.ts";
import type { Verdict } from "../words/verdict.ts";
import type { Observation, Reading } from "./probe.ts";

/** How bad a lasting violation is. */
export type Severity = "info" | "warning" | "critical";

/** What one invariant says of one expected entity in one observation. */
export interface Judgement<Reason extends string = string> {
  readonly entity: EntityId;
  /** The component it speaks of, by which tickets are joined to the picture. */
  readonly on: ComponentId;
  readonly verdict: Verdict;
  /** Why the verdict is what it is: a kebab-case word of the invariant's closed list. */
  readonly reason: Reason;
  /** The system's own word for it where it gave one, such as `OOM`, `NOAUTH` or `503`. */
  readonly word?: string;
  readonly summary: string;
  /** Milliseconds that its answer took, of what holds because it answers: where it was silent at the look before, it was so until then. */
  readonly answeredAfterMs?: number;
  /** The figures the verdict rests on. */
  readonly evidence: Readonly<Record<string, Scalar>>;
}

/**
 * Reason of an invariant about what was served, where nothing was: unknown although all its signals are there.
 */
export const NO_TRAFFIC = "no-traffic";

/** One tunable number of an invariant. */
export interface Threshold {
  /** Ends in its unit, as in the name of the threshold. */
  readonly default: number;
  readonly description: string;
}

/** The series that an invariant goes by. */
export interface Measure {
  /** Names of series of the component that a judgement speaks of. */
  readonly series: readonly string[];
  /** The figure of its judgements that is the threshold. It ends in its unit. */
  readonly limit?: string;
}

/** Thresholds in force, by name. */
export type Thresholds = Readonly<Record<string, number>>;

/** What a check is told besides the readings that it needs. */
export interface CheckContext<R extends object, Config = unknown> {
  readonly thresholds: Thresholds;
  /** The reading before the present one, where there was one. */
  readonly previous: { readonly [Name in keyof R]?: Reading<R[Name]> };
  /** How the subject is meant to run, and where it is. */
  readonly config: Config;
  /** Components in whose place something else answers, and how that is known. */
  readonly displaced: ReadonlyMap<ComponentId, string>;
  /** Epoch milliseconds at which the look began. */
  readonly atMs: number;
  /** Milliseconds between two looks of the monitor; 0 where none runs. */
  readonly intervalMs: number;
}

/** A condition without state: grace is counted elsewhere, so any recorded observation can be replayed through it. */
export interface Invariant<
  R extends object,
  Config = unknown,
  Need extends keyof R = keyof R,
  See extends keyof R = never,
  Reason extends string = string,
> {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly severity: Severity;
  /** Milliseconds that a violation must last before it is a ticket. */
  readonly graceMs: number;
  /** Why it matters, in one line. */
  readonly rationale: string;
  /** What a violation shows, in a word that fits any system; absent where none does. */
  readonly symptom?: Symptom;
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  /** What can be charted of it; absent where no series shows it. */
  readonly measure?: Measure;
  /** Readings without which nothing can be said: where one failed, core says `unknown`. */
  readonly needs: readonly Need[];
  /** Readings that are handed over with their failure; only for reachability and self-checks. */
  readonly sees?: readonly See[];
  /** Every reason that a judgement can give. */
  readonly reasons: readonly Reason[];
  readonly check: (
    readings: { readonly [Name in Need]: R[Name] } & Pick<Observation<R>, See>,
    context: CheckContext<R, Config>,
  ) => readonly Judgement<NoInfer<Reason>>[];
}

/** An invariant whose needs are closed over. */
export interface AnyInvariant<R extends object, Config = unknown>
  extends Omit<Invariant<R, Config>, "needs" | "sees" | "check"> {
  /** Names of all readings that it rests on. */
  readonly reads: readonly (keyof R & string)[];
  /** The judgements, or why nothing can be said: a reading that it needs failed. */
  readonly judge: (
    observation: Observation<R>,
    context: CheckContext<R, Config>,
  ) => readonly Judgement[] | { readonly failed: string };
}

/** Fixes the readings of a subject, so that each invariant is typed by what it needs. */
export function invariantsOn<R extends object, Config = unknown>() {
  return <const Need extends keyof R & string, const Reason extends string, const See extends keyof R & string = never>(
    invariant: Invariant<R, Config, Need, See, Reason>,
  ): AnyInvariant<R, Config> => {
    const { needs, sees = [], check, ...rest } = invariant;
    return {
      ...rest,
      reads: [...needs, ...sees],
      judge(observation, context) {
        const values: unknown[][] = [];
        for (const name of needs) {
          const read = observation[name];
          if ("failed" in read) return { failed: read.failed };
          values.push([name, read.value]);
        }
        return check(Object.fromEntries([...values, ...sees.map((name) => [name, observation[name]])]), context);
      },
    };
  };
}

/** One judgement for each item. */
export function judgeEach<T, Reason extends string>(
  items: Iterable<T>,
  judge: (item: T) => Judgement<Reason>,
): readonly Judgement<Reason>[] {
  return [...items].map((item) => judge(item));
}
