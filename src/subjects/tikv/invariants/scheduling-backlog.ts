/** Judges whether PD can move what must be moved: its schedulers are there, its limits let them work, and work gets done. */

import type { Judgement } from "../../../core/subject/invariant.ts";
import { isSettling } from "../leader.ts";
import { invariant, type SchedulingReading } from "../observation.ts";
import { CLUSTER } from "../topology.ts";
import { thresholdOf } from "./each-store.ts";

/** Schedulers that every PD runs by default, and without which nothing is balanced. */
const NEEDED = ["balance-leader-scheduler", "balance-region-scheduler", "balance-hot-region-scheduler"] as const;

/** Limits that stop what they limit where they are zero. */
const LIMITS = [
  "leader-schedule-limit",
  "region-schedule-limit",
  "replica-schedule-limit",
  "hot-region-schedule-limit",
] as const;

/** PD schedules, and keeps up. */
export const schedulingBacklog = invariant({
  id: "scheduling-backlog",
  severity: "warning",
  symptom: "configuration",
  graceMs: 30_000,
  rationale: "If PD schedules nothing, replicas of a lost store are not replaced and load is not balanced.",
  needs: ["scheduling", "members"],
  thresholds: { operatorsCount: { default: 500, description: "Maximum number of running operators." } },
  reasons: [
    "keeps-up",
    "scheduler-missing",
    "scheduler-paused",
    "limit-zero",
    "store-limit-zero",
    "backlog",
    "new-pd-leader",
  ],
  check: ({ scheduling, members }, { thresholds, atMs }) => {
    const about = { entity: CLUSTER, on: CLUSTER };
    const { schedulers, paused, operators } = scheduling;
    const evidence = { schedulers: schedulers.join(", ") || "none", operators: operators.length };
    const said = obstacleOf(scheduling, thresholdOf(thresholds, "operatorsCount"));
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

type Obstacle = Pick<
  Judgement<"scheduler-missing" | "scheduler-paused" | "limit-zero" | "store-limit-zero" | "backlog">,
  "reason" | "summary"
>;

/** The first thing that keeps PD from moving what it should. */
function obstacleOf(scheduling: SchedulingReading, most: number): Obstacle | undefined {
  const { schedulers, paused, operators, schedule } = scheduling;
  const missing = NEEDED.filter((name) => !schedulers.includes(name));
  if (missing.length > 0) return { reason: "scheduler-missing", summary: `PD runs no ${missing.join(", ")}` };
  const stopped = NEEDED.filter((name) => paused.includes(name));
  if (stopped.length > 0) return { reason: "scheduler-paused", summary: `${stopped.join(", ")} is paused` };
  const zero = LIMITS.filter((name) => schedule[name] === 0);
  if (zero.length > 0) return { reason: "limit-zero", summary: `${zero.join(", ")} is 0: PD does no such scheduling` };
  const barred = Object.entries(schedule["store-limit"] ?? {}).filter(
    ([, limit]) => limit["add-peer"] === 0 || limit["remove-peer"] === 0,
  );
  if (barred.length > 0) {
    const stores = barred.map(([id]) => `store/${id}`).join(", ");
    return {
      reason: "store-limit-zero",
      summary: `The store limit of ${stores} is 0: PD moves no replicas to or from there`,
    };
  }
  if (operators.length > most) {
    return { reason: "backlog", summary: `${operators.length} operators under way (threshold ${most})` };
  }
  return undefined;
}
