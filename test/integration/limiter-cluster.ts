/** A real cluster for a test: Redis and three nodes as processes, and ordinary traffic whose checker looks for over-admission. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment } from "../../src/deployments/deployment.ts";
import { bringUp } from "../../src/deployments/mod.ts";
import { rateLimiter } from "../../src/subjects/ratelimiter/recipes/local.ts";

/** A cluster that belongs to one test. */
export interface Cluster extends AsyncDisposable {
  readonly home: string;
  readonly deployment: Deployment;
  /** `http://host:port` of each node. */
  readonly nodes: readonly string[];
}

/** Brings three nodes up with these settings of `operator serve-limiter`. */
export async function startCluster(settings: Readonly<Record<string, string>>): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), "operator-cluster-"));
  const recipe = rateLimiter({ nodes: 3, prometheus: false, settings });
  const deployment = await bringUp({ home, recipe }, { signal: AbortSignal.timeout(30_000) });
  return {
    home,
    deployment,
    nodes: deployment.components.filter(({ kind }) => kind === "node").map(({ address }) => `http://${address}`),
    async [Symbol.asyncDispose]() {
      await deployment.down();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
