/** One keep-alive connection that carries one request at a time. */

import type { Socket, SocketHandler } from "bun";
import type { Clock } from "../core/system/clock.ts";
import { AnswerParser, type Parsed, type ParsedAnswer } from "./answer-parser.ts";
import type { Failure, Order } from "./order.ts";
import type { Target } from "./target.ts";

/** What a connection tells its pool. */
export interface ConnectionOwner {
  readonly clock: Pick<Clock, "monotonic">;
  /** It can take an order, for the first time. */
  opened(connection: Connection): void;
  /** Its order is answered; unless the answer says otherwise, it can take another. */
  answered(connection: Connection, order: Order, answer: ParsedAnswer): void;
  /** It is no more; its order, if it had one, gets no answer. */
  lost(connection: Connection, failure: Failure, order: Order | undefined): void;
}

const HANDLERS: SocketHandler<Connection> = {
  open: (socket) => socket.data.open(socket),
  data: (socket, bytes) => socket.data.receive(bytes),
  drain: (socket) => socket.data.flush(),
  close: (socket) => socket.data.end(),
  error: (socket) => socket.data.end(),
};

/** A connection, from the attempt on. */
export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #parser = new AnswerParser();
  #socket: Socket<Connection> | undefined;
  #order: Order | undefined;
  #unsent: Buffer | undefined;
  #gone = false;

  constructor({ host, port }: Target, owner: ConnectionOwner) {
    this.#owner = owner;
    Bun.connect<Connection>({ hostname: host, port, data: this, socket: HANDLERS }).catch(() =>
      this.drop("unreachable"),
    );
  }

  /** The order that is out. */
  get order(): Order | undefined {
    return this.#order;
  }

  /** Writes an order; only while none is out. */
  send(order: Order): void {
    this.#order = order;
    this.#unsent = order.bytes;
    order.sentMs = this.#owner.clock.monotonic();
    this.flush();
  }

  /** Closes the connection at once; its order has failed. */
  drop(failure: Failure): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket?.terminate();
    const order = this.#order;
    this.#order = undefined;
    this.#owner.lost(this, failure, order);
  }

  /** For the socket: it is connected. */
  open(socket: Socket<Connection>): void {
    this.#socket = socket;
    if (this.#gone) socket.terminate();
    else this.#owner.opened(this);
  }

  /** For the socket: writes what it would not take before. */
  flush(): void {
    if (!this.#unsent) return;
    const written = this.#socket?.write(this.#unsent) ?? -1;
    if (written < 0) this.drop("closed");
    else this.#unsent = written < this.#unsent.length ? this.#unsent.subarray(written) : undefined;
  }

  /** For the socket: bytes have come. */
  receive(bytes: Buffer): void {
    const receivedMs = this.#owner.clock.monotonic();
    this.#settle(this.#parser.push(bytes.toString("latin1")), receivedMs);
  }

  /** For the socket: no more bytes will come. */
  end(): void {
    if (this.#gone) return;
    this.#settle(this.#parser.end(), this.#owner.clock.monotonic());
    this.drop("closed");
  }

  #settle(parsed: Parsed, receivedMs: number): void {
    if (parsed === "incomplete") return;
    const order = this.#order;
    if (parsed === "malformed" || !order) return this.drop("malformed");
    this.#order = undefined;
    order.receivedMs = receivedMs;
    this.#owner.answered(this, order, parsed);
  }
}
