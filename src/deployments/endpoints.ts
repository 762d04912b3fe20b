/** What a running deployment tells a watcher: the configuration of its subject. */

import type { Deployment } from "./deployment.ts";
import { rateLimiterEndpoints } from "./recipes/ratelimiter-endpoints.ts";

type Described = Pick<Deployment, "subject" | "parts" | "settings" | "secret">;

const ENDPOINTS: ReadonlyMap<string, (deployment: Described) => unknown> = new Map([
  ["ratelimiter", rateLimiterEndpoints],
]);

/** The configuration of the deployment's subject, to be checked by the subject itself. */
export function endpointsOf(deployment: Described): unknown {
  return ENDPOINTS.get(deployment.subject)?.(deployment);
}
