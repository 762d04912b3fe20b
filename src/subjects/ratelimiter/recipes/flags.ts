/** Flags of `operator up` for a limiter cluster: its size, what runs beside it, and its settings. */

import * as v from "valibot";
import { Count } from "../../../core/text/units.ts";
import type { Flags } from "../../../deployments/lab.ts";
import type { Recipe } from "../../../deployments/recipe.ts";
import { LimitOf, WindowOf } from "../quantities.ts";
import { DEFAULT_SETTINGS, rateLimiter } from "./local.ts";

const MAX_NODES = 50;

const Nodes = v.pipe(
  Count,
  v.minValue(1, "Cannot run fewer than 1 node"),
  v.maxValue(MAX_NODES, `Cannot run more than ${MAX_NODES} nodes on one machine`),
  v.description("How many nodes"),
  v.metadata({ hint: "count" }),
);

/** Flags of `operator up ratelimiter`. Settings are validated, and passed on as typed. */
export const upFlags: Flags<Recipe> = v.pipe(
  v.object({
    nodes: v.optional(Nodes, "3"),
    with: v.optional(v.pipe(v.picklist(["prometheus"]), v.description("What to run beside it"))),
    limit: v.optional(
      v.pipe(asText(LimitOf), v.description("Units per window"), v.metadata({ hint: "count" })),
      DEFAULT_SETTINGS.limit,
    ),
    window: v.optional(
      v.pipe(asText(WindowOf), v.description("Length of the window"), v.metadata({ hint: "duration" })),
      DEFAULT_SETTINGS.window,
    ),
    onRedisFailure: v.optional(
      v.pipe(
        v.picklist(["local", "open", "closed"]),
        v.description("While Redis does not answer: decide locally within a share of the limit, allow, or deny"),
      ),
      DEFAULT_SETTINGS["on-redis-failure"],
    ),
    algorithm: v.optional(
      v.pipe(
        v.picklist(["sliding-window", "sliding-counter", "fixed-window", "gcra"]),
        v.description("How checks are counted; sliding-window is exact"),
      ),
      DEFAULT_SETTINGS.algorithm,
    ),
  }),
  v.transform(({ nodes, with: beside, onRedisFailure, ...settings }) =>
    rateLimiter({
      nodes,
      prometheus: beside === "prometheus",
      settings: { ...settings, "on-redis-failure": onRedisFailure },
    }),
  ),
);

function asText(schema: v.GenericSchema): v.GenericSchema<string> {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const result = v.safeParse(schema, dataset.value);
      if (!result.success) addIssue({ message: result.issues[0].message });
    }),
  );
}
