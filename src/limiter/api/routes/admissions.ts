/** `/api/admissions`: what this node admitted, in time buckets, so that an observer can prove over-admission, and its recent demand. */

import * as v from "valibot";
import type { LimiterNode } from "../../limiter-node.ts";
import { MAX_PAGE } from "../../settings/bounds.ts";
import { readFields } from "../body.ts";
import { Key, PageLimitOrNone } from "../fields.ts";
import type { Route } from "./route.ts";

const AdmissionQuery = v.object({
  key: v.optional(
    v.pipe(v.array(Key), v.maxLength(MAX_PAGE, `Cannot use key, expected at most ${MAX_PAGE} of them`)),
    [],
  ),
  limit: PageLimitOrNone,
});

/** Reads the admission log (the named keys and the most conspicuous ones) and the recent demand. */
export function admissionsRoute({ decider, settings, demand }: LimiterNode): Route {
  return {
    method: "GET",
    path: "/api/admissions",
    access: "read",
    handle(context) {
      const { key: keys, limit } = readFields(
        { ...context.req.query(), key: context.req.queries("key") },
        AdmissionQuery,
      );
      const { redisTimeUs = null, series, truncated, forgotten } = decider.admissions({ keys, limit });
      return context.json({
        node: settings.node,
        redis_time_us: redisTimeUs,
        truncated,
        forgotten,
        demand: demand.page(limit, performance.now()),
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
