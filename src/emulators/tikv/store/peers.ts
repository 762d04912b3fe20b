/** How a store reaches the others, and how far away each of them is. */

import * as v from "valibot";
import { RaftReply } from "../protocol.ts";
import { sendJson } from "./pd-link.ts";
import type { Follower } from "./traffic.ts";

/** Where the others are, and whom to tell that one was not reached. */
export interface PeersOptions {
  /** How it reaches them, by id, where that is not the address that they tell. */
  readonly links: ReadonlyMap<number, string>;
  readonly onUnreachable: (storeId: number) => void;
  /** Called with how many messages an answer carries: in Raft, answers are messages, too. */
  readonly onReceived: (count: number) => void;
}

/** A message and what its answer is read by. */
export interface PeerMessage<Schema extends v.GenericSchema> {
  readonly what: "raft" | "vote" | "stand" | "absorb";
  readonly body: unknown;
  readonly schema: Schema;
}

/** Milliseconds that another store may take. */
const TIMEOUT_MS = 2000;

/** The other stores. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #addresses = new Map<number, string>();
  readonly #followers = new Map<number, Follower>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Those that answered last, with the way there and back. */
  get followers(): ReadonlyMap<number, Follower> {
    return this.#followers;
  }

  /** PD has told where a store is. */
  learn(storeId: number, address: string): void {
    this.#addresses.set(storeId, address);
  }

  /** Sends to another store, and remembers how far away it is; `undefined` where no answer comes. */
  async send<Schema extends v.GenericSchema>(
    storeId: number,
    { what, body, schema }: PeerMessage<Schema>,
  ): Promise<v.InferOutput<Schema> | undefined> {
    const address = this.#addressOf(storeId);
    if (address === undefined) return undefined;
    const begunMs = performance.now();
    const reply = await sendJson(`http://${address}/emulator/${what}`, body, { schema, timeoutMs: TIMEOUT_MS });
    if (reply === undefined) {
      this.#options.onUnreachable(storeId);
      this.#followers.delete(storeId);
      return undefined;
    }
    const raft = v.safeParse(RaftReply, reply);
    this.#options.onReceived(raft.success ? raft.output.regions.length : 1);
    if (raft.success) {
      const roundTripSeconds = (performance.now() - begunMs) / 1000;
      this.#followers.set(storeId, { storeId, roundTripSeconds, appendSeconds: raft.output.appendSeconds });
    }
    return reply;
  }

  /** Passes a client's request on to the store that leads; it goes on no further. */
  async forward(storeId: number, request: Request): Promise<Response | undefined> {
    const address = this.#addressOf(storeId);
    if (address === undefined || request.headers.has("x-forwarded")) return undefined;
    try {
      return await fetch(`http://${address}${new URL(request.url).pathname}`, {
        method: request.method,
        headers: { "x-forwarded": "1" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      return undefined;
    }
  }

  #addressOf(storeId: number): string | undefined {
    return this.#options.links.get(storeId) ?? this.#addresses.get(storeId);
  }
}
