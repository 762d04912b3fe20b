/** A server whose every answer is written by the test, byte by byte. */

import type { Socket, TCPSocketListener } from "bun";
import type { Target } from "../../src/load/target.ts";

/** What one request is answered with: the test writes to the socket, or ends it, or does nothing. */
export type Behaviour = (socket: Socket, request: number) => void | Promise<void>;

/** A server on a free port. */
export interface AwkwardServer extends Disposable {
  readonly target: Target;
  /** Connections so far. */
  readonly connections: number;
  /** Connections that have ended. */
  readonly closed: number;
  /** Requests so far. */
  readonly requests: number;
}

/** An answer of one length. */
export function answer(status: number, body: string, fields = ""): string {
  return `HTTP/1.1 ${status} X\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Calls `behave` for each request, which must come in one piece, numbered from 0. */
export function startAwkwardServer(behave: Behaviour): AwkwardServer {
  let connections = 0;
  let closed = 0;
  let requests = 0;
  const listener: TCPSocketListener<undefined> = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open() {
        connections += 1;
      },
      close() {
        closed += 1;
      },
      async data(socket) {
        await behave(socket, requests++);
      },
    },
  });
  return {
    target: { host: "127.0.0.1", port: listener.port, authority: `127.0.0.1:${listener.port}` },
    get connections() {
      return connections;
    },
    get closed() {
      return closed;
    },
    get requests() {
      return requests;
    },
    [Symbol.dispose]: () => listener.stop(true),
  };
}

/** A loopback address that refuses connections: what listened there is gone. */
export function deadTarget(): Target {
  const server = startAwkwardServer(() => undefined);
  server[Symbol.dispose]();
  return server.target;
}
