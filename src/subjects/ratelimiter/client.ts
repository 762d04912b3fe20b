/** The observer's way to the limiter's nodes: one method per call, each with the caller's signal. */

import type { ComponentId } from "../../core/ids.ts";
import { requestJson } from "../../io/http.ts";
import type { RateLimiterConfig } from "./config.ts";
import { Health } from "./observation.ts";

/** One node's HTTP API. */
export interface NodeClient {
  readonly component: ComponentId;
  readonly address: string;
  health(signal: AbortSignal): Promise<Health>;
}

/** All endpoints of one limiter. */
export class RateLimiterClient implements AsyncDisposable {
  readonly nodes: readonly NodeClient[];

  constructor({ nodes, probeTimeout: timeoutMs }: RateLimiterConfig) {
    this.nodes = nodes.map(({ id, address }) => ({
      component: `node/${id}`,
      address,
      health: (signal) => requestJson(`http://${address}/health`, Health, { signal, timeoutMs }),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
