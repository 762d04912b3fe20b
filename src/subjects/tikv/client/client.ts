/** All endpoints of one TiKV cluster. */

import type { TikvConfig } from "../config.ts";
import { PdClient } from "./pd-client.ts";

/** The observer's way to one cluster: PD, and the stores by the addresses that PD gives. */
export class TikvClient implements AsyncDisposable {
  readonly pd: PdClient;
  /** Milliseconds that a store's status port may take. */
  readonly timeoutMs: number;
  /** Milliseconds that one reading of PD may take, with the pings of members that hang (three seconds). */
  readonly pdTimeoutMs: number;

  readonly config: TikvConfig;

  constructor(config: TikvConfig) {
    const { pd, probeTimeout: timeoutMs } = config;
    this.config = config;
    this.timeoutMs = timeoutMs;
    this.pdTimeoutMs = 4 * timeoutMs;
    this.pd = new PdClient({ addresses: pd.map(({ address }) => address), timeoutMs: this.pdTimeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Every request has its own connection or one of Bun's pool.
  }
}
