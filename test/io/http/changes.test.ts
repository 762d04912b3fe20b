import { expect, test } from "bun:test";
import type { TCPSocketListener } from "bun";
import { type HttpRequest, requestText } from "../../../src/io/http/http.ts";

const signal = AbortSignal.timeout(10_000);

test("a changing request is sent once, over a connection of its own", async () => {
  const lines: string[] = [];
  using dropping = dropAfterFirst(lines);
  const address = `http://127.0.0.1:${dropping.port}/`;
  await requestText(address, { signal });

  const change: HttpRequest = { signal, method: "POST", body: {} };
  await requestText(address, change);
  await requestText(address, change);

  expect(lines).toEqual(["GET / HTTP/1.1", "POST / HTTP/1.1", "POST / HTTP/1.1"]);
});

/** Answers the first request of each connection and closes it on the second, as a server that is going away does. */
function dropAfterFirst(lines: string[]): TCPSocketListener {
  const used = new WeakSet();
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, data) {
        lines.push(data.toString().split("\r\n", 1)[0] ?? "");
        if (used.has(socket)) socket.end();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        used.add(socket);
      },
    },
  });
}
