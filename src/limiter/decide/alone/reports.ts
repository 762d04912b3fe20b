/** Reports to Redis what a node has admitted alone, as soon as Redis decides again. */

import type { Algorithm } from "../../../../lua/algorithms.ts";
import type { RedisClient } from "../../../io/redis.ts";
import { refusalWordOf } from "../redis/ask-redis.ts";
import { counterName } from "../redis/counter-names.ts";
import { callKeeper } from "../redis/redirect.ts";
import { monotonicUs } from "../redis/redis-time.ts";
import { callScript, loadScript, REPORT_SCRIPTS, type ScriptCall } from "../redis/scripts.ts";
import type { AloneReport, AloneUnits } from "./alone-units.ts";

/** Where reports are sent. */
export interface ReportsOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly alone: AloneUnits;
  /** Whether Redis decides the checks of a key. */
  readonly isConnected: (key: string) => boolean;
  /** Microseconds from the node's monotonic clock to the Redis time of a key, as far as the node knows it. */
  readonly offsetUsOf: (key: string) => number;
}

/** Maximum of concurrent reports, so that checks do not wait behind them. */
const AT_ONCE = 16;
/** Milliseconds between two checks whether Redis is back. */
const LOOK_EVERY_MS = 100;

/** Reports of one node. A unit is sent once: without an answer, Redis may have counted it. */
export class Reports implements Disposable {
  readonly #options: ReportsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isDisposed = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Sends pending reports as soon as Redis is back. */
  schedule(): void {
    this.#timer ??= setInterval(() => this.send(), LOOK_EVERY_MS).unref();
  }

  /** Sends what can be sent now, ahead of later checks. */
  send(): void {
    const { alone } = this.#options;
    if (this.#isSending) return; // what is refused is to be sent again
    if (!alone.hasUnreported) return this.#rest();
    void this.#sendAll();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #sendAll(): Promise<void> {
    const { alone, isConnected: mayReport } = this.#options;
    this.#isSending = true;
    const loaded = new Set<Algorithm>();
    let sent: readonly boolean[];
    do {
      const reports = alone.takeReports(AT_ONCE, { nowUs: monotonicUs(), mayReport });
      sent = await Promise.all(reports.map((report) => this.#send(report, loaded)));
    } while (sent.length > 0 && sent.every(Boolean));
    this.#isSending = false;
    if (alone.hasUnreported && !this.#isDisposed) this.schedule();
  }

  /** Whether Redis may have counted the report. */
  async #send(report: AloneReport, loaded: Set<Algorithm>): Promise<boolean> {
    const { client, prefix, alone, offsetUsOf } = this.#options;
    const { key, algorithm } = report.request;
    const send = loaded.has(algorithm) ? callScript : loadScript;
    loaded.add(algorithm);
    try {
      const call = callOf(report, counterName(prefix, key, algorithm), offsetUsOf(key));
      await callKeeper(client, { script: REPORT_SCRIPTS[algorithm], call }, send);
      return true;
    } catch (error) {
      const isRefused = refusalWordOf(error) !== undefined;
      if (isRefused) alone.putBack(report);
      return !isRefused;
    }
  }
}

function callOf({ request, units }: AloneReport, name: string, offsetUs: number): ScriptCall {
  const timed = units.flatMap(([atUs, count]) => [Math.floor(atUs + offsetUs), count]);
  return { keys: [name], args: [request.limit, request.windowMs * 1000, ...timed] };
}
