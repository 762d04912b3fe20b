/** A link as a small TCP proxy, so that it can be cut, delayed and throttled without root and without containers. */

import type { Socket } from "bun";
import { parseHostPort } from "../../../io/system/tcp.ts";
import { DelayPipe, freeShape, type Shape } from "./delay-pipe.ts";

/** Where a proxy listens and what is behind it; both `host:port`. */
export interface LinkProxyOptions {
  readonly listen: string;
  readonly target: string;
}

interface Connection {
  readonly client: Socket<Connection>;
  server: Socket<Connection> | undefined;
  /** From client to server. */
  readonly upstream: DelayPipe;
  /** From server to client. */
  readonly downstream: DelayPipe;
  /** One side has closed. */
  gone: boolean;
  /** The link was cut during the connection: nothing more is delivered in either direction. */
  stalled: boolean;
}

/** One impairable link. */
export class LinkProxy implements Disposable {
  /** `host:port` at which it listens. */
  readonly address: string;
  readonly #target: string;
  readonly #listener: Bun.TCPSocketListener<Connection>;
  readonly #connections = new Set<Connection>();
  readonly #upstream: Shape = freeShape();
  readonly #downstream: Shape = freeShape();
  #isCut = false;

  /** @throws {Error} If the port is taken. */
  constructor({ listen, target }: LinkProxyOptions) {
    const { host, port } = parseHostPort(listen);
    this.#target = target;
    this.#listener = Bun.listen<Connection>({
      hostname: host,
      port,
      socket: {
        open: (client) => this.#open(client),
        data: ({ data }, bytes) => data.upstream.push(bytes),
        drain: ({ data }) => data.downstream.flush(),
        close: ({ data }) => this.#closed(data, data.client),
        error: () => undefined, // close follows
      },
    });
    this.address = `${host}:${this.#listener.port}`;
  }

  /** Drops all traffic without a refusal; new connections are accepted and never answered. */
  cut(): void {
    this.#isCut = true;
    for (const connection of this.#connections) stall(connection);
  }

  /** Delays bytes by that time in each direction. */
  delay(delayMs: number): void {
    this.#reshape({ delayMs });
  }

  /** Limits all connections together to that bandwidth in each direction. */
  throttle(bytesPerSecond: number): void {
    this.#reshape({ bytesPerSecond });
  }

  /** Passes everything again; stalled connections are closed, so that both ends notice. */
  heal(): void {
    this.#isCut = false;
    this.#reshape(freeShape());
    for (const connection of this.#connections) {
      if (connection.stalled) this.#drop(connection);
      connection.upstream.release();
      connection.downstream.release();
    }
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
    for (const connection of this.#connections) this.#drop(connection);
  }

  #reshape(change: Partial<Shape>): void {
    Object.assign(this.#upstream, change);
    Object.assign(this.#downstream, change);
  }

  #open(client: Socket<Connection>): void {
    const connection: Connection = {
      client,
      server: undefined,
      upstream: new DelayPipe(this.#upstream),
      downstream: new DelayPipe(this.#downstream),
      gone: false,
      stalled: false,
    };
    client.data = connection;
    client.setNoDelay(true);
    connection.upstream.from(client);
    connection.downstream.to(client);
    this.#connections.add(connection);
    if (this.#isCut) stall(connection);
    else this.#connect(connection).catch(() => this.#drop(connection));
  }

  async #connect(connection: Connection): Promise<void> {
    const { host, port } = parseHostPort(this.#target);
    await Bun.connect<Connection>({
      hostname: host,
      port,
      data: connection,
      socket: {
        open: (server) => this.#connected(connection, server),
        data: ({ data }, bytes) => data.downstream.push(bytes),
        drain: ({ data }) => data.upstream.flush(),
        close: ({ data }) => this.#closed(data, data.server),
        error: () => undefined, // close follows
      },
    });
  }

  #connected(connection: Connection, server: Socket<Connection>): void {
    connection.server = server;
    if (!this.#connections.has(connection)) return this.#drop(connection); // the client has gone
    server.setNoDelay(true);
    connection.downstream.from(server);
    connection.upstream.to(server);
  }

  /** One side has closed; the other is closed once the queued bytes have arrived, unless the link is cut. */
  #closed(connection: Connection, side: Socket<Connection> | undefined): void {
    const { client, upstream, downstream, gone, stalled } = connection;
    if (stalled) return;
    if (gone || !connection.server) return this.#drop(connection);
    connection.gone = true;
    const [last, useless] = side === client ? [upstream, downstream] : [downstream, upstream];
    useless.stall();
    last.end();
  }

  #drop(connection: Connection): void {
    this.#connections.delete(connection);
    stall(connection);
    connection.client.terminate();
    connection.server?.terminate();
  }
}

function stall(connection: Connection): void {
  connection.stalled = true;
  connection.upstream.stall();
  connection.downstream.stall();
}
