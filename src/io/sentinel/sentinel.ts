/** One Sentinel, asked on a connection that is kept. */

import { Redis } from "ioredis";
import * as v from "valibot";
import { watchConnection } from "../redis-watch.ts";
import type { HostPort } from "../system/tcp.ts";
import type { SentinelAnswer } from "./choose-primary.ts";

/** How to ask a Sentinel. */
export interface SentinelOptions {
  /** Name of the primary. */
  readonly name: string;
  /** Asks with it as the user `default`; a Sentinel without a password takes any. */
  readonly password: string | undefined;
  /** Whether its address was given, not learned from another Sentinel. */
  readonly isListed: boolean;
  /** Is told of the other Sentinels with each new connection. */
  readonly onLearned: (others: readonly HostPort[]) => void;
  /** Is told that the primary may be another one now. */
  readonly onNews: () => void;
}

/** Milliseconds between two attempts to connect to a Sentinel that is not needed: at first, and at most. */
const REST_MS = { first: 1000, longest: 30_000 } as const;

/** Channels on which a Sentinel tells of a failover: that it sees the new primary, has ended it, or heard of it. */
const NEWS = ["+promoted-slave", "+switch-master", "+config-update-from"] as const;

const Address = v.tuple([v.string(), v.pipe(v.unknown(), v.transform(Number), v.integer())]);
const Epoch = v.object({ "config-epoch": v.pipe(v.unknown(), v.transform(Number), v.integer()) });
const Other = v.object({ ip: v.string(), port: v.pipe(v.unknown(), v.transform(Number), v.integer()) });

/** A connection to one Sentinel. */
export class Sentinel implements Disposable {
  /** Why it does not name a primary; `undefined` while it does. */
  failure: Error | undefined;
  readonly #options: SentinelOptions;
  readonly #client: Redis;
  #asking: Promise<SentinelAnswer | undefined> | undefined;
  #restMs: number = REST_MS.first;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(address: HostPort, options: SentinelOptions) {
    this.#options = options;
    const { password } = options;
    this.#client = new Redis({
      ...address,
      ...(password !== undefined && { username: "default", password }),
      lazyConnect: true,
      retryStrategy: () => null,
      connectTimeout: 500,
      disconnectTimeout: 100,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      disableClientInfo: true,
    });
    this.#client.on("error", (error: Error) => (this.failure = error));
    this.#client.on("message", options.onNews);
    watchConnection(this.#client, () => this.#client.disconnect());
  }

  /** What it says now; `undefined` where it names no primary. One without connection is left alone for a while, unless it is needed. */
  ask({ isNeeded }: { readonly isNeeded: boolean }): Promise<SentinelAnswer | undefined> {
    const isResting = this.#client.status !== "ready" && !isNeeded && performance.now() < this.#restsUntilMs;
    if (isResting) return Promise.resolve(undefined);
    this.#asking ??= this.#ask()
      .catch((error: Error) => void (this.failure ??= error))
      .finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  [Symbol.dispose](): void {
    this.#client.disconnect();
  }

  async #ask(): Promise<SentinelAnswer | undefined> {
    const { name, isListed } = this.#options;
    if (this.#client.status !== "ready") await this.#connect();
    this.failure = undefined;
    // In this order an address is never told with the epoch of a later one.
    const [told, address] = await Promise.all([
      this.#client.call("SENTINEL", "MASTER", name),
      this.#client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name),
    ]);
    const { "config-epoch": epoch } = v.parse(Epoch, fieldsOf(told));
    const [host, port] = v.parse(Address, address);
    return { primary: { host, port }, epoch, isListed };
  }

  async #connect(): Promise<void> {
    this.#restsUntilMs = performance.now() + this.#restMs;
    this.#restMs = Math.min(this.#restMs * 2, REST_MS.longest);
    this.failure = undefined;
    await this.#client.connect();
    this.#restMs = REST_MS.first;
    await this.#listen();
    const others = await this.#client.call("SENTINEL", "SENTINELS", this.#options.name);
    this.#options.onLearned((Array.isArray(others) ? others : []).flatMap(placeOf));
  }

  /** In version 2 of the protocol a connection that listens cannot ask, and a user may lack the right: then it is asked only. */
  async #listen(): Promise<void> {
    await this.#client.subscribe(...NEWS).catch(() => undefined);
    if (this.#client.mode === "subscriber") await this.#client.unsubscribe(...NEWS);
  }
}

function placeOf(other: unknown): readonly HostPort[] {
  const { success, output } = v.safeParse(Other, fieldsOf(other));
  return success ? [{ host: output.ip, port: output.port }] : [];
}

/** Fields and values in turn, or a map, by the protocol's version. */
function fieldsOf(reply: unknown): object {
  if (!Array.isArray(reply)) return Object(reply);
  return Object.fromEntries(reply.flatMap((field, at) => (at % 2 === 0 ? [[String(field), reply[at + 1]]] : [])));
}
