/** One Sentinel, asked over a persistent connection. */

import { Redis } from "ioredis";
import * as v from "valibot";
import { watchConnection } from "../redis-watch.ts";
import type { HostPort } from "../system/tcp.ts";
import type { SentinelAnswer } from "./choose-primary.ts";

/** How to ask a Sentinel. */
export interface SentinelOptions {
  /** Name of the primary. */
  readonly name: string;
  /** Sent with the user name `default`, which a Sentinel without a password accepts, too. */
  readonly password: string | undefined;
  /** Whether its address was configured, not learned from another Sentinel. */
  readonly isListed: boolean;
  /** Called with the other Sentinels at each new connection. */
  readonly onLearned: (others: readonly HostPort[]) => void;
  /** Called when the primary may have changed. */
  readonly onNews: () => void;
}

/** Minimum and maximum of milliseconds between two attempts to connect to a Sentinel that is not needed. */
const REST_MS = { first: 1000, longest: 30_000 } as const;

/** Channels on which a Sentinel announces a failover. */
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

  /** Its current answer; `undefined` if it names no primary. One without a connection is not retried for a while, unless it is needed. */
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
    // In this order, an address is never paired with the epoch of a later one.
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

  /** In protocol version 2 a subscribed connection cannot send commands, and a user may lack the right to subscribe: then it is only polled. */
  async #listen(): Promise<void> {
    await this.#client.subscribe(...NEWS).catch(() => undefined);
    if (this.#client.mode === "subscriber") await this.#client.unsubscribe(...NEWS);
  }
}

function placeOf(other: unknown): readonly HostPort[] {
  const { success, output } = v.safeParse(Other, fieldsOf(other));
  return success ? [{ host: output.ip, port: output.port }] : [];
}

/** Alternating fields and values, or a map, depending on the protocol version. */
function fieldsOf(reply: unknown): object {
  if (!Array.isArray(reply)) return Object(reply);
  return Object.fromEntries(reply.flatMap((field, at) => (at % 2 === 0 ? [[String(field), reply[at + 1]]] : [])));
}
