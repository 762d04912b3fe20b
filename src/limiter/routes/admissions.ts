/** `/api/admissions`: what this node admitted, in time buckets, so that an observer can prove over-admission, and whom it denied. */

import * as v from "valibot";
import { readFields } from "../body.ts";
import { MAX_PAGE } from "../bounds.ts";
import { Key, PageLimitOrNone } from "../fields.ts";
import type { LimiterNode } from "../limiter-node.ts";
import type { Route } from "./route.ts";

const AdmissionQuery = v.object({
  key: v.optional(
    v.pipe(v.array(Key), v.maxLength(MAX_PAGE, `Cannot use key, expected at most ${MAX_PAGE} of them`)),
    [],
  ),
  limit: PageLimitOrNone,
});

/** Reads the admission log: the keys named, and the heaviest ones; and how often the keys were denied that are denied most. */
export function admissionsRoute({ decider, settings, metrics, denied }: LimiterNode): Route {
  return {
    method: "GET",
    path: "/api/admissions",
    handle(context) {
      const { key: keys, limit } = readFields(
        { ...context.req.query(), key: context.req.queries("key") },
        AdmissionQuery,
      );
      const { allowed, limited, blocked } = metrics.results;
      const { redisTimeUs = null, series, truncated, forgotten } = decider.admissions({ keys, limit });
      return context.json({
        node: settings.node,
        redis_time_us: redisTimeUs,
        truncated,
        forgotten,
        checks: allowed + limited + blocked,
        denied: denied.heaviest(limit),
        series: series.map((one) => ({
          key: one.key,
          algorithm: one.algorithm,
          limit: one.limit,
          window_ms: one.windowMs,
          epoch_us: one.epochUs,
          bucket_us: one.bucketUs,
          buckets: one.buckets,
        })),
      });
    },
  };
}
