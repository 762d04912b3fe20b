/** A deployment of the rate limiter that is only described: nothing runs. */

import type { Deployment } from "../../src/deployments/deployment.ts";
import type { Survey } from "../../src/deployments/driver.ts";
import { toyDeployment } from "../toy/lab.ts";

/** One of that name. */
export function limiterDeployment(id: string): Deployment {
  const component = (name: string, kind: string, address: string) =>
    ({ id: `${kind}/${name}`, kind, address, linkAddresses: [] }) as const;
  return {
    ...toyDeployment(),
    id,
    subject: "ratelimiter",
    components: [component("1", "node", "127.0.0.1:1"), component("main", "redis", "127.0.0.1:2")],
    secret: () => "s3cret",
  };
}

/** What a home is found to hold. */
export function surveyOf(...running: readonly Deployment[]): () => Promise<Survey> {
  return async () => ({ running, unusable: [{ name: "broken", state: "dead", why: "its supervisor died" }] });
}
