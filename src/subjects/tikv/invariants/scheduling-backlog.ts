/** Judges whether PD can move what must be moved: its schedulers are there, its limits let them work, and work gets done. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import { isSettling } from "../leader.ts";
import { invariant, type SchedulingReading } from "../observation.ts";
import { type Obstacle, obstaclesOf } from "../obstacles.ts";
import { CLUSTER } from "../topology.ts";
import { thresholdOf } from "./each-store.ts";

/** PD schedules, and keeps up. */
export const schedulingBacklog = invariant({
  id: "scheduling-backlog",
  severity: "warning",
  symptom: "configuration",
  graceMs: 30_000,
  rationale: "If PD schedules nothing, replicas of a lost store are not replaced and load is not balanced.",
  needs: ["scheduling", "members"],
  thresholds: {
    operatorsCount: { default: 500, description: "Maximum number of running operators." },
    storeLimitCount: {
      default: 1,
      description: "Minimum replicas per minute that PD may add to and remove from each store.",
    },
  },
  reasons: [
    "keeps-up",
    "halted",
    "scheduler-missing",
    "scheduler-paused",
    "limit-zero",
    "store-limit-low",
    "backlog",
    "new-pd-leader",
  ],
  check: ({ scheduling, members }, { thresholds, atMs }) => {
    const about = { entity: CLUSTER, on: CLUSTER };
    const { schedulers, paused, operators } = scheduling;
    const evidence = { schedulers: schedulers.join(", ") || "none", operators: operators.length };
    const obstacles = obstaclesOf(scheduling, thresholdOf(thresholds, "storeLimitCount"));
    const said = obstacles[0]
      ? obstructed(obstacles, scheduling)
      : backlogOf(scheduling, thresholdOf(thresholds, "operatorsCount"));
    if (!said) {
      const summary = `PD schedules: ${schedulers.length} schedulers, ${operators.length} operators under way`;
      return [{ ...about, verdict: "holds", reason: "keeps-up", summary, evidence }];
    }
    // A new leader runs none for a moment; one that is missing beside others was removed.
    if (schedulers.length === 0 && isSettling(members, atMs)) {
      return [
        {
          ...about,
          verdict: "unknown",
          reason: "new-pd-leader",
          summary: `Unknown: PD has a new leader; ${said.summary}`,
          evidence,
        },
      ];
    }
    const more = { ...evidence, ...(paused.length > 0 && { paused: paused.join(", ") }) };
    return [{ ...about, verdict: "violated", ...said, evidence: more }];
  },
});

type Said = Pick<
  Judgement<"halted" | "scheduler-missing" | "scheduler-paused" | "limit-zero" | "store-limit-low" | "backlog">,
  "reason" | "summary"
>;

const REASONS = {
  halted: "halted",
  missing: "scheduler-missing",
  paused: "scheduler-paused",
  limit: "limit-zero",
  "store-limit": "store-limit-low",
} as const;

/** Everything that keeps PD from moving what it should; the reason is what stops most. */
function obstructed(obstacles: readonly Obstacle[], { schedule }: SchedulingReading): Said {
  const kinds = [...Map.groupBy(obstacles, ({ kind }) => kind)];
  const [first] = kinds;
  const summary = kinds.map(([kind, alike]) => sentenceOf(kind, alike, schedule)).join("; ");
  return { reason: REASONS[first?.[0] ?? "limit"], summary };
}

function sentenceOf(
  kind: Obstacle["kind"],
  alike: readonly Obstacle[],
  schedule: SchedulingReading["schedule"],
): string {
  const names = alike.map(({ name }) => name).join(", ");
  switch (kind) {
    case "halted":
      return "PD schedules nothing: halt-scheduling is true";
    case "missing":
      return `PD runs no ${names}`;
    case "paused":
      return `${names} ${alike.length === 1 ? "is" : "are"} paused`;
    case "limit":
      return `${names} ${alike.length === 1 ? "is" : "are"} 0: PD does no such scheduling`;
    case "store-limit": {
      const limits = alike.flatMap(({ name }) => Object.values(schedule["store-limit"]?.[name] ?? {}));
      const stores = alike.map(({ name }) => `store/${name}`).join(", ");
      return `PD moves hardly any replicas to or from ${stores}: the store limit is ${Math.min(...limits)} per minute`;
    }
  }
}

function backlogOf({ operators }: SchedulingReading, most: number): Said | undefined {
  if (operators.length <= most) return undefined;
  return { reason: "backlog", summary: `${operators.length} operators under way (threshold ${most})` };
}
