/** The line to one primary: checks of one tick are sent together, and none waits longer than its time limit. */

import type { Redis } from "ioredis";
import type { Algorithm } from "../../../../lua/algorithms.ts";
import type { Server } from "../../../io/redis-contact.ts";
import { concernsKeyAlone, describeTrouble, type RedisTrouble, troubleIn } from "../../../io/redis-trouble.ts";
import { Breaker } from "../breaker.ts";
import type { Alone, CheckRequest, Decision, OnProbeFailed, OnRedisCall } from "../decision.ts";
import { inTime, NoAnswerError } from "../late-after.ts";
import { AnswerWatch } from "./late-answers.ts";
import { isRedirect, isScattered, RedirectError, type RedirectedCall, ScatteredError } from "./redirect.ts";
import type { RoundTrip } from "./redis-time.ts";
import { callScript, SCRIPTS, type Script, type ScriptCall } from "./scripts.ts";
import { callOf, type Waiting, WaitingChecks } from "./waiting-checks.ts";

/** The answer of Redis to one call. */
export interface CallAnswer extends RoundTrip {
  /** As the scripts return it. */
  readonly reply: Float64Array;
  /** The primary that answered; `undefined` if it was another one, since the slot has moved. */
  readonly primary: RedisPipeline | undefined;
}

/** Turns the outcome of a call into decisions. */
export interface Judge {
  /** Reads the answer to the check that was the `index`th of its call. */
  decided(request: CheckRequest, answer: CallAnswer, index: number): Decision;
  /** Decides a check that Redis did not decide, and says why it did not. */
  undecided(request: CheckRequest, alone: Alone): Decision;
  /** Stores the time that a primary returned to a probe. */
  probed(answer: CallAnswer): void;
  /** Reads a late answer to the check that was the `index`th of its call. */
  answeredLate(decided: DecidedAlone, reply: Float64Array, index: number): void;
}

/** A check that the node decided alone because no answer came in time. */
export interface DecidedAlone {
  readonly request: CheckRequest;
  readonly decision: Decision;
}

/** The destination of a line. */
export interface LineOptions {
  /** The connection, if there is one that can be written to. */
  readonly connection: () => Redis | undefined;
  /** Why there is none, or why it does not work; `undefined` if unknown. */
  readonly trouble: () => RedisTrouble | undefined;
  /** Sends a call on to the server named in a redirection of a Cluster. */
  readonly redirect?: (redirected: RedirectedCall) => Promise<Float64Array>;
  /** Key of probe checks, used for nothing else; a different one if the last was refused. */
  readonly probeKey: (isRefused?: boolean) => string;
  readonly prefix: string;
  /** Group of a key: checks of one group share a call; on a Cluster, the slot. @default {all do} */
  readonly groupOf?: (key: string) => number;
  /** Whether the primary answers at all, on another connection and within that many milliseconds. @default {not asked} */
  readonly answers?: (withinMs: number) => Promise<boolean>;
  /** Where the primary is, for a patient question; `undefined` if unknown. */
  readonly server: () => Server | undefined;
  /** Milliseconds that Redis may take. */
  readonly timeoutMs: number;
  readonly onRedisCall: OnRedisCall;
  readonly onProbeFailed?: OnProbeFailed;
  /** Called whenever the breaker opens, closes, or changes its reason. */
  readonly onChange: () => void;
}

/** Checks after which a call is sent before the tick ends: larger calls delay other checks more than they save. */
const SENT_AT_ONCE = 64;
/** Maximum of keys tried by a probe, if the earlier ones are in slots that the primary does not have. */
const PROBED_KEYS = 3;
/** Part of the time of a call in which to find out whether its primary answers at all, for which a connection is opened. */
const LOOK_RATIO = 0.5;
/** A probe is a check that is always allowed, and so is counted: its window has passed when the next one comes. */
const PROBED = { limit: 100, windowMs: 1, cost: 1 } as const;

/** Sends checks to one primary. */
export class RedisPipeline implements Disposable {
  readonly breaker: Breaker;
  /** What comes back while the breaker is open. */
  readonly answers: AnswerWatch;
  readonly #options: LineOptions;
  readonly #judge: Judge;
  readonly #waiting: WaitingChecks;
  #scheduled = false;
  #looking: Promise<boolean> | undefined;
  /** Probes use the algorithm of the checks. */
  #lastAsked: Algorithm = "sliding-window";

  constructor(options: LineOptions, judge: Judge) {
    this.#options = options;
    this.#judge = judge;
    this.#waiting = new WaitingChecks(options.groupOf);
    const { timeoutMs, answers, server, onProbeFailed, onChange } = options;
    this.answers = new AnswerWatch({ timeoutMs, server });
    this.breaker = new Breaker({
      probe: () => this.#probe(),
      timeoutMs: answers ? 2 * timeoutMs : timeoutMs,
      beginsWith: options.connection() ? undefined : (options.trouble() ?? "not-connected"),
      reasonOf: (error) => this.#reasonOf(error),
      onProbeFailed: (error) => {
        if (error instanceof NoAnswerError) void this.answers.await(error.answer);
        onProbeFailed?.(this.#explain(error));
      },
      onChange: () => {
        this.answers.follow(this.breaker.alone);
        onChange();
      },
    });
    this.answers.follow(this.breaker.alone);
  }

  /** Decides when the tick ends, together with the others of the tick. */
  check(request: CheckRequest): Promise<Decision> {
    return new Promise((resolve) => {
      if (this.#waiting.add({ request, resolve }) >= SENT_AT_ONCE) this.#sendAll();
      else if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(this.#sendScheduled);
      }
    });
  }

  [Symbol.dispose](): void {
    this.breaker[Symbol.dispose]();
    this.answers[Symbol.dispose]();
  }

  readonly #sendScheduled = (): void => {
    this.#scheduled = false;
    this.#sendAll();
  };

  /** Sends waiting checks in as few calls as possible, and the calls in one write. */
  #sendAll(): void {
    const calls = this.#waiting.take();
    // One call is one write anyway, and faster without a queue.
    const stream = calls.length > 1 ? this.#options.connection()?.stream : undefined;
    stream?.cork();
    for (const { algorithm, waiting } of calls) void this.#decide(algorithm, waiting);
    stream?.uncork();
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

  /** Redis may have counted a check that the node has decided alone meanwhile. */
  async #awaitLate(answer: Promise<unknown>, decided: readonly DecidedAlone[]): Promise<void> {
    void this.answers.await(answer);
    const reply = await answer.catch(() => undefined);
    if (!(reply instanceof Float64Array)) return;
    for (const [index, one] of decided.entries()) this.#judge.answeredLate(one, reply, index);
  }

  /** A refusal of one key or slot, or by another primary, does not count as a failure of this primary. */
  #noteFailure(error: unknown, sentMs: number): Alone {
    const isOfKey = error instanceof RedirectError || concernsKeyAlone(error);
    const reason = error instanceof NoAnswerError ? "silent" : this.#reasonOf(error);
    if (!isOfKey) this.breaker.trip(reason);
    return this.breaker.alone ?? { sinceMs: sentMs, reason: reason ?? "not-connected" };
  }

  /** Without an answer, a call may still be counted, and is never sent again. */
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
      // A redirection means that nothing was executed.
      return { reply: await inTime(redirect({ refusal, script, call }), timeoutMs), primary: undefined };
    } catch (cause) {
      throw new RedirectError("Cannot ask the primary that now serves the slot", { cause });
    }
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { timeoutMs, answers } = this.#options;
    return answers ? this.#inTimeOrHeld(answer, answers) : inTime(answer, timeoutMs);
  }

  /**
   * The answer, if it comes in time. A primary of a Cluster that hands over to its replica answers reads but holds back
   * writes for a moment: it gets the same time again.
   */
  async #inTimeOrHeld<T>(answer: Promise<T>, answers: (withinMs: number) => Promise<boolean>): Promise<T> {
    const { timeoutMs } = this.#options;
    const lookMs = timeoutMs * LOOK_RATIO;
    try {
      return await inTime(answer, timeoutMs - lookMs);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
    }
    this.#looking ??= answers(lookMs).finally(() => (this.#looking = undefined));
    const looking = this.#looking;
    try {
      return await inTime(answer, lookMs);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (!(await looking)) throw new NoAnswerError(`No answer within ${timeoutMs} ms`, answer);
    }
    return await inTime(answer, timeoutMs);
  }

  /** Runs a probe check. A redirection is an answer, too. */
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

  /** The reason as Redis gave it, if it did. */
  #explain(error: unknown): string {
    if (error instanceof NoAnswerError) return error.message;
    const cause = error instanceof RedirectError ? error.cause : error;
    if (cause instanceof Error && cause.name === "ReplyError") return cause.message;
    return describeTrouble(this.#reasonOf(cause) ?? "not-connected");
  }
}
