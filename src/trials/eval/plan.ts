/** Which trials an evaluation consists of: every fault several times, pairs of faults, and healthy controls. Pure. */

import type { GroundTruth } from "../../core/subject/fault.ts";
import { type Random, seededRandom } from "../../core/system/random.ts";

/** `healthy` breaks nothing under bursts of load; `pair` breaks two things at once. */
export type TrialKind = "fault" | "pair" | "healthy";

/** One trial to be made. */
export interface PlannedTrial {
  /** Stable, so that an interrupted evaluation can be resumed. */
  readonly id: string;
  readonly kind: TrialKind;
  /** Ids of the faults. */
  readonly faults: readonly string[];
  readonly seed: number;
  /** Background load as a multiple of the ordinary; the same for all trials of a round, which share their baseline. */
  readonly load: number;
  /** Strength of the faults, as a multiple of the smallest that must be detected. */
  readonly strength: number;
}

/** Size of an evaluation. */
export interface PlanOptions {
  /** Runs of each fault. */
  readonly trials: number;
  readonly seed: number;
}

const LOADS = { least: 0.8, most: 1.4 } as const;
const STRENGTHS = { least: 1, most: 2 } as const;
/** Faults for which one pair, and one healthy trial, is made. */
const FAULTS_PER_PAIR = 5;
const FAULTS_PER_HEALTHY = 2;

/** Facts about a fault before its injection. */
export interface PlannableFault {
  readonly id: string;
  readonly truth: Pick<GroundTruth, "component" | "trips">;
}

/** All trials, by rounds: an interrupted evaluation has tried all faults about equally often. */
export function planTrials(faults: readonly PlannableFault[], { trials, seed }: PlanOptions): readonly PlannedTrial[] {
  const random = seededRandom(seed);
  const between = ({ least, most }: typeof LOADS | typeof STRENGTHS): number => least + random() * (most - least);
  return Array.from({ length: trials }, (_, round) => {
    const load = between(LOADS);
    const drawn = (kind: TrialKind, name: string, broken: readonly string[]): PlannedTrial => ({
      id: `${kind}/${name}`,
      kind,
      faults: broken,
      seed: Math.floor(random() * 2 ** 31),
      load,
      strength: between(STRENGTHS),
    });
    const count = (per: number): number => (faults.length < 2 ? 0 : Math.ceil(faults.length / per));
    const pairs = Array.from({ length: count(FAULTS_PER_PAIR) }, () => pairOf(faults, random));
    const healthy = Math.max(1, count(FAULTS_PER_HEALTHY));
    return [
      ...faults.map(({ id }) => drawn("fault", `${id}/${round + 1}`, [id])),
      ...pairs
        .filter((pair) => pair.length > 1)
        .map((pair, index) => drawn("pair", `${pair.join("+")}/${round + 1}.${index + 1}`, pair)),
      ...Array.from({ length: healthy }, (_, index) => drawn("healthy", `${round + 1}.${index + 1}`, [])),
    ];
  }).flat();
}

/** Pairs of faults that are both detectable, and not fixed to the same component. */
function pairOf(faults: readonly PlannableFault[], random: Random): readonly string[] {
  const showing = faults.filter(({ truth }) => truth.trips.length > 0);
  const first = showing[Math.floor(random() * showing.length)];
  const others = showing.filter(
    ({ id, truth: { component } }) =>
      id !== first?.id && !(component.includes("/") && component === first?.truth.component),
  );
  const second = others[Math.floor(random() * others.length)];
  return first && second ? [first.id, second.id] : [];
}
