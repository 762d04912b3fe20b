/** PD's settings and schedulers as labels of the cluster, so that a change of them is an event. */

import type { SchedulingReading } from "./observation.ts";
import { obstaclesOf, obstacleText } from "./obstacles.ts";

/** Names and values of what bounds scheduling. Store limits stand there only where they are not all the same. */
export function configLabels(reading: SchedulingReading): Record<string, string> {
  const { schedulers, paused, schedule, replicate } = reading;
  const { "store-limit": limits, ...flat } = schedule;
  const settings = [...Object.entries(flat), ...Object.entries(replicate)].flatMap(
    ([name, value]: readonly [string, unknown]) =>
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? [[name.replaceAll("-", "_"), `${value}`] as const]
        : [],
  );
  return {
    ...Object.fromEntries(settings),
    ...storeLimitLabels(limits ?? {}),
    schedulers: schedulers.join(", ") || "none",
    ...(paused.length > 0 && { paused_schedulers: paused.join(", ") }),
    ...obstacleLabels(reading),
  };
}

/** Changes with every setting and scheduler, and with nothing else. */
export function configHashOf(scheduling: SchedulingReading): string {
  return Bun.hash(
    JSON.stringify(Object.entries(configLabels(scheduling)).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  ).toString(16);
}

/** Replicas per minute below which a store's limit is labelled as what keeps PD from moving them. */
const LEAST_PER_MINUTE = 1;

/** Settings that keep PD from scheduling, as the action takes them that restores it. */
function obstacleLabels(reading: SchedulingReading): Record<string, string> {
  const obstacles = obstaclesOf(reading, LEAST_PER_MINUTE);
  return obstacles.length === 0 ? {} : { [OBSTACLES]: obstacles.map(obstacleText).join(",") };
}

/** The label of the cluster that lists them. */
export const OBSTACLES = "scheduling_obstacles";

type Limits = NonNullable<SchedulingReading["schedule"]["store-limit"]>;

/** Labels of so many stores at most: a change of one among a thousand shows in the hash. */
const MOST_LIMITS = 20;

function storeLimitLabels(limits: Limits): Record<string, string> {
  const texts = Object.entries(limits).map(
    ([id, limit]) => [id, `${limit["add-peer"]}/${limit["remove-peer"]}`] as const,
  );
  const [first] = texts;
  if (!first) return {};
  if (texts.every(([, text]) => text === first[1])) return { store_limit: first[1] };
  return Object.fromEntries(texts.slice(0, MOST_LIMITS).map(([id, text]) => [`store_limit_${id}`, text]));
}
