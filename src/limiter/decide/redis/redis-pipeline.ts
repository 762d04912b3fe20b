/** The way to one primary: checks of one tick go there together, and none waits longer than it may. */

import type { Redis } from "ioredis";
import { ALGORITHMS, type Algorithm, eachAlgorithm } from "../../../../lua/algorithms.ts";
import { concernsKeyAlone, describeTrouble, type RedisTrouble, troubleIn } from "../../../io/redis-trouble.ts";
import { Breaker } from "../breaker.ts";
import type { Alone, CheckRequest, Decision, OnProbeFailed, OnRedisCall } from "../decision.ts";
import { inTime, NoAnswerError } from "../late-after.ts";
import { counterName } from "./counter-names.ts";
import { isRedirect, isScattered, RedirectError, type RedirectedCall, ScatteredError } from "./redirect.ts";
import type { RoundTrip } from "./redis-time.ts";
import { callScript, SCRIPTS, type Script, type ScriptCall } from "./scripts.ts";

/** What Redis answered to one call. */
export interface CallAnswer extends RoundTrip {
  /** As the scripts say it. */
  readonly reply: Float64Array;
  /** Of which primary; `undefined` where it was another one, since the slot has moved. */
  readonly primary: RedisPipeline | undefined;
}

/** Turns what came of a call into decisions. */
export interface Judge {
  /** Reads the answer to the check that was the `index`th of its call. */
  decided(request: CheckRequest, answer: CallAnswer, index: number): Decision;
  /** Decides a check that Redis did not decide, and says why it did not. */
  undecided(request: CheckRequest, alone: Alone): Decision;
  /** Takes note of the time that a primary told when it was probed. */
  probed(answer: CallAnswer): void;
  /** Reads the answer that came after all, to the check that was the `index`th of its call. */
  answeredLate(decided: DecidedAlone, reply: Float64Array, index: number): void;
}

/** A check that the node decided itself because no answer came in time. */
export interface DecidedAlone {
  readonly request: CheckRequest;
  readonly decision: Decision;
}

/** What a line leads to. */
export interface LineOptions {
  /** The connection, if there is one that can be written to. */
  readonly connection: () => Redis | undefined;
  /** Why there is none, or why it does not work; `undefined` if it is not known. */
  readonly trouble: () => RedisTrouble | undefined;
  /** Sends a call to where the primary of a Cluster points that has refused it because the slot has moved. */
  readonly redirect?: (redirected: RedirectedCall) => Promise<Float64Array>;
  /** Key of the check that is made to find out whether Redis decides; nothing else has it. Another one if that was refused. */
  readonly probeKey: (isRefused?: boolean) => string;
  readonly prefix: string;
  /** What keys must have in common so that their checks share a call; on a Cluster the slot. @default {all do} */
  readonly groupOf?: (key: string) => number;
  /** Whether the primary answers at all, on another connection and within so many milliseconds. @default {not asked} */
  readonly answers?: (withinMs: number) => Promise<boolean>;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  /** Is told whenever the breaker opens, closes, or stays open for another reason. */
  readonly onChange: () => void;
}

interface Waiting {
  readonly request: CheckRequest;
  readonly resolve: (decision: Decision) => void;
}

/** Checks that are sent before the tick ends: more of them in one call let others wait longer than they save. */
const SENT_AT_ONCE = 64;
/** Keys of a probe at most, where those before are in slots that the primary does not have. */
const PROBED_KEYS = 3;
/** Milliseconds of the time of a call in which it is found out whether its primary answers at all. */
const LOOK_MS = 30;
/** A probe is a check that is always allowed, so that it is counted: its window has passed when the next one comes. */
const PROBED = { limit: 100, windowMs: 1, cost: 1 } as const;

/** Sends checks to one primary. */
export class RedisPipeline implements Disposable {
  readonly breaker: Breaker;
  readonly #options: LineOptions;
  readonly #judge: Judge;
  readonly #waiting: Record<Algorithm, Waiting[]> = eachAlgorithm(() => []);
  #scheduled = false;
  #looking: Promise<boolean> | undefined;
  /** Probes make a check of the kind that is asked for. */
  #lastAsked: Algorithm = "sliding-window";

  constructor(options: LineOptions, judge: Judge) {
    this.#options = options;
    this.#judge = judge;
    const { timeoutMs, answers, onProbeFailed, onChange } = options;
    this.breaker = new Breaker({
      probe: () => this.#probe(),
      timeoutMs: answers ? 2 * timeoutMs : timeoutMs,
      beginsWith: options.connection() ? undefined : (options.trouble() ?? "not-connected"),
      reasonOf: (error) => this.#reasonOf(error),
      onProbeFailed: (error) => onProbeFailed?.(this.#explain(error)),
      onChange,
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
    const { connection } = this.#options;
    const stream = connection()?.stream;
    stream?.cork();
    for (const algorithm of ALGORITHMS) {
      const waiting = this.#waiting[algorithm];
      if (waiting.length === 0) continue;
      this.#waiting[algorithm] = [];
      for (const group of this.#groupsOf(waiting)) void this.#decide(algorithm, group);
    }
    stream?.uncork();
  }

  #groupsOf(waiting: Waiting[]): Iterable<Waiting[]> {
    const { groupOf } = this.#options;
    if (!groupOf || waiting.length === 1) return [waiting];
    return Map.groupBy(waiting, ({ request }) => groupOf(request.key)).values();
  }

  async #decide(algorithm: Algorithm, waiting: readonly Waiting[]): Promise<void> {
    const sentMs = performance.now();
    const { onRedisCall } = this.#options;
    this.#lastAsked = algorithm;
    let asked: Pick<CallAnswer, "reply" | "primary">;
    try {
      asked = await this.#ask(SCRIPTS[algorithm], callOf(waiting, this.#options.prefix));
    } catch (error) {
      if (error instanceof ScatteredError) {
        for (const own of Map.groupBy(waiting, ({ request }) => request.key).values())
          void this.#decide(algorithm, own);
        return;
      }
      onRedisCall(performance.now() - sentMs, this.#explain(error));
      const alone = this.#noteFailure(error, sentMs);
      const decided = waiting.map(({ request, resolve }) => {
        const decision = this.#judge.undecided(request, alone);
        resolve(decision);
        return { request, decision };
      });
      if (error instanceof NoAnswerError) void this.#awaitLate(error.answer, decided);
      return;
    }
    const receivedMs = performance.now();
    onRedisCall(receivedMs - sentMs, undefined);
    const answer = { ...asked, sentMs, receivedMs };
    let index = 0;
    for (const { request, resolve } of waiting) resolve(this.#judge.decided(request, answer, index++));
  }

  /** Redis may have counted what the node has decided itself meanwhile. */
  async #awaitLate(answer: Promise<unknown>, decided: readonly DecidedAlone[]): Promise<void> {
    const reply = await answer.catch(() => undefined);
    if (!(reply instanceof Float64Array)) return;
    for (const [index, one] of decided.entries()) this.#judge.answeredLate(one, reply, index);
  }

  /** What Redis answers for one key or slot, and what another primary does, says nothing about this primary. */
  #noteFailure(error: unknown, sentMs: number): Alone {
    const isOfKey = error instanceof RedirectError || concernsKeyAlone(error);
    const reason = error instanceof NoAnswerError ? "silent" : this.#reasonOf(error);
    if (!isOfKey) this.breaker.trip(reason);
    return this.breaker.alone ?? { sinceMs: sentMs, reason: reason ?? "not-connected" };
  }

  /** What was sent may still be counted if there is no answer, but is never sent again. */
  async #ask(script: Script, call: ScriptCall): Promise<Pick<CallAnswer, "reply" | "primary">> {
    const { timeoutMs, connection, redirect } = this.#options;
    const client = connection();
    if (!client) throw new Error("Cannot ask Redis: no connection");
    let refusal: string;
    try {
      return { reply: await this.#inTime(callScript(client, script, call)), primary: this };
    } catch (error) {
      if (isScattered(error, call))
        throw new ScatteredError("Cannot check all keys in one call: they are on different primaries", {
          cause: error,
        });
      if (!redirect || !isRedirect(error)) throw error;
      refusal = error.message;
    }
    try {
      // That answer means that nothing was done.
      return { reply: await inTime(redirect({ refusal, script, call }), timeoutMs), primary: undefined };
    } catch (cause) {
      throw new RedirectError("Cannot ask the primary that now serves the slot", { cause });
    }
  }

  /**
   * The answer, if it comes in time. A primary of a Cluster that hands over to its replica answers reads, and holds back
   * writes for a moment: for that it has as much time again.
   */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { timeoutMs, answers } = this.#options;
    if (!answers) return await inTime(answer, timeoutMs);
    try {
      return await inTime(answer, timeoutMs - LOOK_MS);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
    }
    this.#looking ??= answers(LOOK_MS).finally(() => (this.#looking = undefined));
    const looking = this.#looking;
    try {
      return await inTime(answer, LOOK_MS);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (!(await looking)) throw new NoAnswerError(`No answer within ${timeoutMs} ms`, answer);
    }
    return await inTime(answer, timeoutMs);
  }

  /** Makes a check of its own. That a slot has moved is an answer, too, if not to this question. */
  async #probe(): Promise<void> {
    const { connection, probeKey } = this.#options;
    const client = connection();
    if (!client) throw new Error("Cannot probe Redis: no connection");
    const { limit, windowMs, cost } = PROBED;
    const args = [limit, windowMs * 1000, cost, 1];
    for (let tries = 0; tries < PROBED_KEYS; tries++) {
      try {
        const sentMs = performance.now();
        const reply = await callScript(client, SCRIPTS[this.#lastAsked], { keys: [probeKey(tries > 0)], args });
        return this.#judge.probed({ reply, sentMs, receivedMs: performance.now(), primary: this });
      } catch (error) {
        if (!concernsKeyAlone(error)) throw error;
      }
    }
  }

  #reasonOf(error: unknown): RedisTrouble | undefined {
    return troubleIn(error instanceof RedirectError ? error.cause : error) ?? this.#options.trouble();
  }

  /** In the words of Redis where it has said some. */
  #explain(error: unknown): string {
    if (error instanceof NoAnswerError) return error.message;
    const cause = error instanceof RedirectError ? error.cause : error;
    if (cause instanceof Error && cause.name === "ReplyError") return cause.message;
    return describeTrouble(this.#reasonOf(cause) ?? "not-connected");
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
