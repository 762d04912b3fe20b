/** What every healthy observation of the limiter satisfies. */

import type { Invariant } from "../../../core/invariant.ts";
import type { RateLimiterObservation } from "../observation.ts";
import { nodeReachable } from "./node-reachable.ts";

/** All invariants of the subject. */
export const invariants: readonly Invariant<RateLimiterObservation>[] = [nodeReachable];
