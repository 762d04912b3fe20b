/** Counts scripts that run on a server that has not been the primary for a while: nobody should send it any. */

import { Redis } from "ioredis";
import type { RedisServer } from "../../redis-server.ts";
import type { Setting } from "./setting.ts";

const LOOK_EVERY_MS = 100;
/** Milliseconds after which all nodes must have followed a new primary. */
const FOLLOWED_WITHIN_MS = 2000;
/** Milliseconds after which an answer comes from a server that was stopped. */
const LATE_MS = 300;
/** Milliseconds in which a server that was stopped runs what it was sent before. */
const CAUGHT_UP_WITHIN_MS = 500;

/** Looks at all servers of a setting, until it is disposed of. */
export class LateWrites implements AsyncDisposable {
  /** How many ran since {@linkcode begin}. */
  count = 0;
  readonly #setting: Setting;
  readonly #stop = new AbortController();
  readonly #looking: Promise<unknown>;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#looking = Promise.all(setting.serves ? setting.servers.map((server) => this.#watch(server)) : []);
  }

  /** Forgets what ran before. */
  begin(): void {
    this.count = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #watch(server: RedisServer): Promise<void> {
    const { host, port } = server;
    const client = new Redis({ host, port, commandTimeout: 1000, retryStrategy: () => LOOK_EVERY_MS });
    client.on("error", () => undefined);
    let ran: number | undefined;
    let servedMs = performance.now();
    let silentMs = Number.NEGATIVE_INFINITY;
    for (; !this.#stop.signal.aborted; await Bun.sleep(LOOK_EVERY_MS)) {
      const askedMs = performance.now();
      const now = await client.info("commandstats").then(scriptsIn, () => undefined);
      const isServing = this.#setting.serves?.(server) ?? true;
      if (isServing) servedMs = performance.now();
      if (now === undefined || performance.now() - askedMs > LATE_MS) silentMs = performance.now();
      const isCaughtUp = performance.now() - silentMs > CAUGHT_UP_WITHIN_MS;
      const isLate = isCaughtUp && performance.now() - servedMs > FOLLOWED_WITHIN_MS;
      // A server that was started again has counted nothing.
      if (isLate && now !== undefined && ran !== undefined) this.count += Math.max(0, now - ran);
      ran = now ?? ran;
    }
    client.disconnect();
  }
}

/** Scripts that ran and were not refused; a replica runs none for its primary. */
function scriptsIn(stats: string): number {
  const rows = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+).*failed_calls=(\d+)/gm)];
  return rows.reduce((sum, [, calls, failed]) => sum + Number(calls) - Number(failed), 0);
}
