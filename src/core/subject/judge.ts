/** Judges the readings of one look: what each invariant says, what is unknown because a reading failed, who is silent. */

import { messageOf } from "../text/errors.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import { isAnswer } from "../words/probe-outcome.ts";
import type { Verdict } from "../words/verdict.ts";
import type { Checkup, InvariantJudgement, SourceState } from "./checkup.ts";
import type { AnyInvariant, CheckContext, Judgement, Thresholds } from "./invariant.ts";
import type { LookResult } from "./looks.ts";
import { namesOf, type Observation, type ProbesOf } from "./probe.ts";

type Displaced = CheckContext<object>["displaced"];

/** What judging needs to know of a subject. */
export interface Judged<R extends object, Config> {
  readonly invariants: readonly AnyInvariant<R, Config>[];
  readonly isRetired?: (entity: EntityId, observation: Observation<R>) => boolean;
}

/** What is in force where it is judged. */
export interface JudgeOptions {
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  readonly intervalMs?: number;
}

/** Of one invariant, which entities it spoke of: where a reading fails, each of them is unknown. */
type Remembered = Map<EntityId, { readonly on: ComponentId; readonly lastMs: number }>;

/** An entity of which nothing was said for so long is not remembered any more. */
const REMEMBERED_MS = 600_000;

/** A judge that remembers which entities there were. */
export function judgeOn<R extends object, Config>(
  { invariants, isRetired }: Judged<R, Config>,
  config: Config,
  { thresholds = {}, intervalMs = 0 }: JudgeOptions,
): (look: LookResult<R>, displaced: Displaced) => Pick<Checkup, "judgements" | "retired"> {
  const memories = new Map<string, Remembered>(invariants.map(({ id }) => [id, new Map()]));
  return (look, displaced) => {
    const { atMs, previous, observation } = look;
    const retired = new Set<EntityId>();
    const judgements = invariants.flatMap((invariant) => {
      const memory = memories.get(invariant.id) ?? new Map();
      const context = {
        thresholds: thresholdsOf(invariant, thresholds),
        previous,
        config,
        displaced,
        atMs,
        intervalMs,
      };
      const said = judgeOne(invariant, { look, context, memory });
      for (const { entity, on } of said)
        if (entity !== itself(invariant.id).entity) memory.set(entity, { on, lastMs: atMs });
      for (const [entity, { lastMs }] of memory) {
        if (lastMs < atMs && isRetired?.(entity, observation)) retired.add(entity);
        if (lastMs < atMs - REMEMBERED_MS) memory.delete(entity);
      }
      return said;
    });
    return { judgements, retired: [...retired] };
  };
}

/** Why nothing of the subject answered; `undefined` where something did. Sources that are no components do not count. */
export function silenceOf<Client, R extends object>(
  { probes }: { readonly probes: ProbesOf<Client, R> },
  observation: Observation<R>,
): string | undefined {
  const reasons: string[] = [];
  for (const name of namesOf(probes)) {
    const probe = probes[name];
    if (probe.source !== undefined) continue;
    const read = observation[name];
    // What refuses or speaks as another does answers: the subject is not silent, and is judged.
    if ("failed" in read && isAnswer(read.outcome)) return undefined;
    const silence = "failed" in read ? read.failed : probe.silence?.(read.value);
    if (silence === undefined) return undefined;
    reasons.push(silence);
  }
  return [...new Set(reasons)].join("; ");
}

/** Whether each source that is no component answered. */
export function sourcesOf<Client, R extends object>(
  probes: ProbesOf<Client, R>,
  observation: Observation<R>,
): readonly SourceState[] {
  return namesOf(probes).flatMap((name) => {
    const { source } = probes[name];
    const read = observation[name];
    const failure = "failed" in read && { failed: read.failed, outcome: read.outcome };
    return source === undefined ? [] : [{ name: source, ...failure }];
  });
}

interface Judging<R extends object, Config> {
  readonly look: LookResult<R>;
  readonly context: CheckContext<R, Config>;
  readonly memory: Remembered;
}

function judgeOne<R extends object, Config>(
  invariant: AnyInvariant<R, Config>,
  { look: { observation }, context, memory }: Judging<R, Config>,
): readonly InvariantJudgement[] {
  const { id, reads, judge } = invariant;
  const readAtMs = Math.min(context.atMs, ...reads.map((name) => observation[name].atMs));
  try {
    const said = judge(observation, context);
    if (!("failed" in said)) return oncePerEntity(said).map((judgement) => ({ ...judgement, invariant: id, readAtMs }));
    const entities = memory.size > 0 ? [...memory].map(([entity, { on }]) => ({ entity, on })) : [itself(id)];
    const summary = `Unknown: ${said.failed}`;
    return entities.map((one) => ({ ...one, ...UNREAD, summary, invariant: id, readAtMs }));
  } catch (error) {
    const summary = `Cannot judge "${id}": ${messageOf(error)}`;
    return [{ ...itself(id), ...BROKEN, summary, invariant: id, readAtMs }];
  }
}

/** What is worse of two judgements of one entity: a system may list two things under one name. */
function oncePerEntity(said: readonly Judgement[]): readonly Judgement[] {
  const byEntity = new Map<EntityId, Judgement>();
  for (const judgement of said) {
    const other = byEntity.get(judgement.entity);
    if (!other || WORST.indexOf(judgement.verdict) < WORST.indexOf(other.verdict))
      byEntity.set(judgement.entity, judgement);
  }
  return byEntity.size === said.length ? said : [...byEntity.values()];
}

const WORST: readonly Verdict[] = ["violated", "unknown", "holds"];

/** Reasons that core gives in place of an invariant: a reading that it needs failed, or its check threw. */
export const CORE_REASONS = ["not-read", "check-failed"] as const;

const UNREAD = { verdict: "unknown", reason: "not-read", evidence: {} } as const;
const BROKEN = { verdict: "unknown", reason: "check-failed", evidence: {} } as const;

function itself(id: string): { readonly entity: EntityId; readonly on: ComponentId } {
  return { entity: `invariant/${id}`, on: `invariant/${id}` };
}

function thresholdsOf<R extends object, Config>(
  { id, thresholds = {} }: AnyInvariant<R, Config>,
  overrides: Readonly<Record<string, Thresholds>>,
): Thresholds {
  const defaults = Object.entries(thresholds).map(([name, threshold]) => [name, threshold.default]);
  return { ...Object.fromEntries(defaults), ...overrides[id] };
}
