/** A client that writes bytes as they are, so that tests can send what no HTTP library would. */

/** One connection. */
export interface RawConnection {
  readonly write: (data: string | Uint8Array) => void;
  /** All that was answered, once the server has closed the connection. */
  readonly closed: Promise<string>;
  /** Resolves when the answer has that text; rejects if the server closes before. */
  readonly answered: (text: string) => Promise<void>;
  readonly hangUp: () => void;
}

/** Connects to a port of this machine. */
export async function connectRaw(port: number): Promise<RawConnection> {
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  const waiting = new Set<() => void>();
  let received = "";
  let isClosed = false;
  function note(): void {
    for (const look of waiting) look();
  }
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, data) {
        received += data.toString("latin1");
        note();
      },
      close() {
        isClosed = true;
        resolve(received);
        note();
      },
      error: () => undefined,
    },
  });
  function answered(text: string): Promise<void> {
    const { promise, resolve: found, reject } = Promise.withResolvers<void>();
    function look(): void {
      if (received.includes(text)) found();
      else if (isClosed) reject(new Error(`Cannot find "${text}" in "${received}": the connection closed`));
    }
    waiting.add(look);
    look();
    return promise.finally(() => waiting.delete(look));
  }
  return { write: (data) => void socket.write(data), closed, answered, hangUp: () => socket.terminate() };
}

/** Sends bytes and answers all that comes back until the server closes. */
export async function sendRaw(port: number, data: string | Uint8Array): Promise<string> {
  const connection = await connectRaw(port);
  connection.write(data);
  return await connection.closed;
}

/** A request whose body is text in Latin-1: one byte for each character. */
export function requestOf(line: string, body = "", ...headers: readonly string[]): Uint8Array {
  const lines = [`${line} HTTP/1.1`, "Host: 127.0.0.1", ...headers];
  if (body !== "") lines.push("Content-Type: application/json", `Content-Length: ${body.length}`);
  return Buffer.from([...lines, "", body].join("\r\n"), "latin1");
}
