/** The way to one primary: checks of one tick go there together, and none waits longer than it may. */

import type { Redis } from "ioredis";
import { ALGORITHMS, type Algorithm, eachAlgorithm } from "../../../../lua/algorithms.ts";
import { messageOf } from "../../../core/text/errors.ts";
import type { RedisClient } from "../../../io/redis.ts";
import { Breaker } from "../breaker.ts";
import type { CheckRequest, Decision, OnProbeFailed, OnRedisCall } from "../decision.ts";
import { lateAfter } from "../late-after.ts";
import { counterName } from "./counter-names.ts";
import { callScript, SCRIPTS, type Script, type ScriptCall } from "./scripts.ts";

/** What Redis answered to one call. */
export interface CallAnswer {
  /** As the scripts say it. */
  readonly reply: Float64Array;
  /** Monotonic milliseconds at which it was asked. */
  readonly sentMs: number;
}

/** Turns what came of a call into decisions. */
export interface Judge {
  /** Reads the answer to the check that was the `index`th of its call. */
  decided(request: CheckRequest, answer: CallAnswer, index: number): Decision;
  /** Decides a check that Redis did not answer in time. */
  undecided(request: CheckRequest): Decision;
}

/** What a line leads to. */
export interface LineOptions {
  /** The connection, if there is one that can be written to. */
  readonly connection: () => Redis | undefined;
  /** Gives up the connection for a new one. */
  readonly reconnect: () => void;
  /** Where a call goes that the primary has refused because the slot has moved. */
  readonly redirect?: RedisClient;
  /** Key that is written to find out whether Redis answers; nothing else has it. */
  readonly probeKey: string;
  readonly prefix: string;
  /** Checks that may share a call; on a cluster one, since their keys have different slots. */
  readonly checksPerCall: number;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
}

interface Waiting {
  readonly request: CheckRequest;
  readonly resolve: (decision: Decision) => void;
}

/** Checks that are sent before the tick ends: more of them in one call let others wait longer than they save. */
const SENT_AT_ONCE = 64;

/** Sends checks to one primary. */
export class RedisPipeline implements Disposable {
  readonly breaker: Breaker;
  readonly #options: LineOptions;
  readonly #judge: Judge;
  readonly #waiting: Record<Algorithm, Waiting[]> = eachAlgorithm(() => []);
  #scheduled = false;

  constructor(options: LineOptions, judge: Judge) {
    this.#options = options;
    this.#judge = judge;
    const { timeoutMs, reconnect, onProbeFailed } = options;
    const beginsClosed = options.connection() !== undefined;
    this.breaker = new Breaker({
      probe: () => this.#probe(),
      reconnect,
      timeoutMs,
      beginsClosed,
      ...(onProbeFailed && { onProbeFailed }),
    });
  }

  /** Decides when the tick ends, together with the others of the tick. */
  check(request: CheckRequest): Promise<Decision> {
    return new Promise((resolve) => {
      const waiting = this.#waiting[request.algorithm];
      waiting.push({ request, resolve });
      if (waiting.length >= SENT_AT_ONCE) this.#sendAll();
      else if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(this.#sendScheduled);
      }
    });
  }

  [Symbol.dispose](): void {
    this.breaker[Symbol.dispose]();
  }

  readonly #sendScheduled = (): void => {
    this.#scheduled = false;
    this.#sendAll();
  };

  /** Sends what waits in as few calls as it may be, and the calls in one piece. */
  #sendAll(): void {
    const { connection, checksPerCall } = this.#options;
    const stream = connection()?.stream;
    stream?.cork();
    for (const algorithm of ALGORITHMS) {
      const waiting = this.#waiting[algorithm];
      if (waiting.length === 0) continue;
      this.#waiting[algorithm] = [];
      if (waiting.length <= checksPerCall) void this.#decide(algorithm, waiting);
      else for (const one of waiting) void this.#decide(algorithm, [one]);
    }
    stream?.uncork();
  }

  async #decide(algorithm: Algorithm, waiting: readonly Waiting[]): Promise<void> {
    const sentMs = performance.now();
    const reply = await this.#ask(algorithm, waiting);
    const failed = typeof reply === "string" ? reply : undefined;
    this.#options.onRedisCall(performance.now() - sentMs, failed);
    if (typeof reply === "string") this.breaker.trip();
    const answer = typeof reply === "string" ? undefined : { reply, sentMs };
    let index = 0;
    for (const { request, resolve } of waiting) {
      resolve(answer ? this.#judge.decided(request, answer, index++) : this.#judge.undecided(request));
    }
  }

  /** The reply, or why there is none. What was sent may still be counted then, but is never sent again. */
  #ask(algorithm: Algorithm, waiting: readonly Waiting[]): Promise<Float64Array | string> {
    const { timeoutMs, prefix, connection } = this.#options;
    const client = connection();
    if (!client) return Promise.resolve("Not connected");
    const { promise, resolve } = Promise.withResolvers<Float64Array | string>();
    const cancel = lateAfter(timeoutMs, () => resolve(`No answer within ${timeoutMs} ms`));
    this.#call(client, SCRIPTS[algorithm], callOf(waiting, prefix))
      .then(resolve, (error: unknown) => resolve(messageOf(error)))
      .finally(cancel);
    return promise;
  }

  async #call(client: RedisClient, script: Script, call: ScriptCall): Promise<Float64Array> {
    const { redirect } = this.#options;
    if (!redirect) return callScript(client, script, call);
    try {
      return await callScript(client, script, call);
    } catch (error) {
      // That answer means that nothing was done.
      if (error instanceof Error && /^(MOVED|ASK) /.test(error.message)) return callScript(redirect, script, call);
      throw error;
    }
  }

  async #probe(): Promise<void> {
    const client = this.#options.connection();
    if (!client) throw new Error("Cannot probe Redis: not connected");
    await client.set(this.#options.probeKey, "", "PX", 1000);
  }
}

/** Keys and arguments of a call; checks in turn that ask the same share their arguments. */
function callOf(waiting: readonly Waiting[], prefix: string): ScriptCall {
  const keys: string[] = [];
  const args: number[] = [];
  let last: CheckRequest | undefined;
  for (const { request } of waiting) {
    keys.push(counterName(prefix, request.key, request.algorithm));
    if (last && request.limit === last.limit && request.windowMs === last.windowMs && request.cost === last.cost) {
      args[args.length - 1] = (args.at(-1) ?? 0) + 1;
    } else {
      args.push(request.limit, request.windowMs * 1000, request.cost, 1);
      last = request;
    }
  }
  return { keys, args };
}
