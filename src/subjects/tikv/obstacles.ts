/** What keeps PD from scheduling: each setting that stops some of it, by a name that a person and an action can use. */

import type { SchedulingReading } from "./observation.ts";

/** Schedulers that every PD runs by default, and without which nothing is balanced. */
export const NEEDED_SCHEDULERS = [
  "balance-leader-scheduler",
  "balance-region-scheduler",
  "balance-hot-region-scheduler",
] as const;

/** PD's defaults of the limits that stop what they limit where they are zero. */
export const USUAL_LIMITS = {
  "leader-schedule-limit": 4,
  "region-schedule-limit": 2048,
  "replica-schedule-limit": 64,
  "hot-region-schedule-limit": 4,
} as const;

/** Replicas per minute that PD adds to and removes from one store by default. */
export const USUAL_STORE_LIMIT = 15;

/** Kinds of obstacles, the one that stops most first. */
export const OBSTACLE_KINDS = ["halted", "missing", "paused", "limit", "store-limit"] as const;

/** One thing that keeps PD from scheduling. */
export interface Obstacle {
  readonly kind: (typeof OBSTACLE_KINDS)[number];
  /** A scheduler, a limit, a store's id, or the setting that halts. */
  readonly name: string;
}

/** The setting that stops all scheduling; PD lists it only where it is on. */
export const HALT = "halt-scheduling";

/** All of them, the one that stops most first. A store's limit is an obstacle below so many replicas per minute. */
export function obstaclesOf(
  { schedulers, paused, schedule }: Pick<SchedulingReading, "schedulers" | "paused" | "schedule">,
  leastPerMinute: number,
): readonly Obstacle[] {
  const limited = Object.entries(schedule["store-limit"] ?? {}).filter(
    ([, limit]) => Math.min(limit["add-peer"], limit["remove-peer"]) < leastPerMinute,
  );
  return [
    ...(schedule[HALT] === true ? [{ kind: "halted", name: HALT } as const] : []),
    ...NEEDED_SCHEDULERS.filter((name) => !schedulers.includes(name)).map(
      (name) => ({ kind: "missing", name }) as const,
    ),
    ...NEEDED_SCHEDULERS.filter((name) => paused.includes(name)).map((name) => ({ kind: "paused", name }) as const),
    ...Object.keys(USUAL_LIMITS)
      .filter((name) => schedule[name] === 0)
      .map((name) => ({ kind: "limit", name }) as const),
    ...limited.map(([name]) => ({ kind: "store-limit", name }) as const),
  ];
}

/** As it stands in a label and in the input of an action. */
export function obstacleText({ kind, name }: Obstacle): string {
  return `${kind}:${name}`;
}
