/** A connection to the primary behind Sentinels: always the one that they name. */

import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector, type Command, Redis, type RedisOptions } from "ioredis";
import type { HostPort } from "../system/tcp.ts";
import { Sentinels, type SentinelsPlace } from "./sentinels.ts";

/** Options of a connection, independent of the server. */
export interface AnyPrimaryOptions extends Omit<RedisOptions, "replyMapping" | "retryStrategy" | "host" | "port"> {
  /** Milliseconds between two attempts to connect. */
  readonly retryMs: number;
}

/** A client connected to the primary that the Sentinels name, which sends nothing to one that they have not confirmed recently. */
export class SentinelRedis extends Redis {
  readonly #sentinels: Sentinels;
  readonly #onMoved: () => void;
  readonly #retryMs: number;
  #isClosed = false;

  /** Connects, and reconnects until it is disconnected permanently. */
  constructor(place: SentinelsPlace, { retryMs, ...options }: AnyPrimaryOptions) {
    let waitMs = retryMs;
    const onMoved = (): void => {
      waitMs = 0;
      this.stream?.destroy(); // the connected server is no longer the primary
    };
    const sentinels = Sentinels.follow(place, onMoved);
    const retryStrategy = (): number => {
      const ms = waitMs;
      waitMs = retryMs;
      return ms;
    };
    super({ ...options, retryStrategy, Connector: connectorTo(sentinels, options) });
    this.#sentinels = sentinels;
    this.#onMoved = onMoved;
    this.#retryMs = retryMs;
    // The client ends permanently if no primary is found, or if it is told to reconnect during the search.
    this.on("end", () => setTimeout(() => this.#comeBack(), this.#retryMs));
  }

  /** The primary that the Sentinels name, as far as it is known. */
  get primary(): HostPort | undefined {
    return this.#sentinels.primary;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#isClosed = true;
      this.#sentinels.leave(this.#onMoved);
    }
    super.disconnect(reconnect);
  }

  override sendCommand(command: Command, stream?: Parameters<Redis["sendCommand"]>[1]): unknown {
    if (this.status !== "ready" || this.#sentinels.isUpToDate) return super.sendCommand(command, stream);
    command.reject(Object.assign(new Error("No Sentinel has confirmed the primary recently"), { code: "no-sentinel" }));
    return command.promise;
  }

  #comeBack(): void {
    if (!this.#isClosed && this.status === "end") this.connect().catch(() => undefined); // it ends again in that case
  }
}

function connectorTo(
  sentinels: Sentinels,
  { disconnectTimeout = 0, tls }: Pick<RedisOptions, "disconnectTimeout" | "tls">,
) {
  return class PrimaryConnector extends AbstractConnector {
    constructor() {
      super(disconnectTimeout);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      const primary = await sentinels.ask();
      if (!this.connecting) throw new Error("Connection is closed.");
      this.stream = tls ? connectTls({ ...primary, ...tls }) : connect(primary);
      return this.stream;
    }
  };
}
