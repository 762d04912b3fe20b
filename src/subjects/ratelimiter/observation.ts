/** What one look at the limiter reads: the replies, with the fields used only, and what is made of them. */

import * as v from "valibot";
import type { ComponentId } from "../../core/ids.ts";
import type { Probed } from "../../core/invariant.ts";

/** Reply of `GET /health`. */
export const Health = v.object({ status: v.string() });

/** Reply of `GET /health`. */
export type Health = v.InferOutput<typeof Health>;

/** What one node said of itself. */
export interface NodeReading {
  readonly component: ComponentId;
  readonly address: string;
  readonly health: Probed<Health>;
}

/** One look at the whole limiter. */
export interface RateLimiterObservation {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** One for each node that should be there, in the order of the configuration. */
  readonly nodes: readonly NodeReading[];
}
