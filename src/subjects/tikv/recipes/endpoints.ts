/** How a watcher reaches a cluster that a deployment runs. */

import type { Deployed } from "../../../deployments/lab.ts";

/** The subject's configuration, as JSON that it will check itself. */
export function tikvEndpoints({ components }: Deployed): unknown {
  const of = (kind: string) => components.filter((component) => component.kind === kind);
  const [prometheus] = of("prometheus");
  return {
    pd: of("pd").map(({ id, address }) => ({ id: id.slice("pd/".length), address })),
    stores: of("store").map(({ id, address }) => ({ id: id.slice("store/".length), address })),
    ...(prometheus && { prometheus: `http://${prometheus.address}` }),
    // What is scraped every second is known over ten.
    metricsWindow: "10s",
  };
}
