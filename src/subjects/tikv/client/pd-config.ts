/** How PD is told to schedule and to replicate, as far as it is used (PD v8.5.7, `server/config`). */

import * as v from "valibot";
import { GoDurationMs, GoSwitch } from "./go-values.ts";

/** `GET /scheduler-config/evict-leader-scheduler/list`, which is there only while the scheduler is: ids of stores. */
export const EvictedStores = v.pipe(
  v.object({ "store-id-ranges": v.nullish(v.record(v.string(), v.unknown())) }),
  v.transform(({ "store-id-ranges": ranges }) => Object.keys(ranges ?? {})),
);

const Limit = v.object({ "add-peer": v.number(), "remove-peer": v.number() });

/** `GET /config/schedule`; limits are operators at once, store limits peers per minute. */
export const ScheduleConfig = v.looseObject({
  "leader-schedule-limit": v.number(),
  "region-schedule-limit": v.number(),
  "replica-schedule-limit": v.number(),
  "hot-region-schedule-limit": v.optional(v.number()),
  "merge-schedule-limit": v.optional(v.number()),
  "max-store-down-time": GoDurationMs,
  "low-space-ratio": v.number(),
  "high-space-ratio": v.optional(v.number()),
  // Left out while it is off.
  "halt-scheduling": v.optional(GoSwitch),
  "store-limit": v.nullish(v.record(v.string(), Limit)),
  "enable-remove-down-replica": v.optional(GoSwitch),
  "enable-replace-offline-replica": v.optional(GoSwitch),
  "enable-make-up-replica": v.optional(GoSwitch),
});

/** How PD is told to schedule. */
export type ScheduleConfig = v.InferOutput<typeof ScheduleConfig>;

/** `GET /config/replicate`. */
export const ReplicateConfig = v.looseObject({
  "max-replicas": v.number(),
  "location-labels": v.optional(v.string(), ""),
  "enable-placement-rules": v.optional(GoSwitch, true),
});

/** How many replicas PD keeps, and where. */
export type ReplicateConfig = v.InferOutput<typeof ReplicateConfig>;
