import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/io/clock.ts";
import { ConnectionPool, type PoolOptions } from "../../src/load/connection-pool.ts";
import { encodeRequest } from "../../src/load/order.ts";
import type { Target } from "../../src/load/target.ts";
import { answer, deadTarget, startAwkwardServer } from "./awkward-server.ts";

describe("ConnectionPool", () => {
  test("sends one order after another over one connection", async () => {
    using server = startAwkwardServer((socket, request) => void socket.write(answer(200, `${request}`)));
    using client = startClient(server.target);

    for (const body of ["0", "1", "2"]) expect(await client.send()).toBe(`200 ${body}`);

    expect(server.connections).toBe(1);
  });

  test("puts pieces together", async () => {
    using server = startAwkwardServer(async (socket) => {
      for (const piece of ["HTTP/1.1 2", "00 OK\r\nContent-Len", "gth: 4\r\n\r\nab", "cd"]) {
        socket.write(piece);
        await Bun.sleep(2);
      }
    });
    using client = startClient(server.target);

    expect(await client.send()).toBe("200 abcd");
  });

  test("reads chunks and goes on with the same connection", async () => {
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    using server = startAwkwardServer((socket) => void socket.write(chunked));
    using client = startClient(server.target);

    expect([await client.send(), await client.send()]).toEqual(["200 abc", "200 abc"]);
    expect(server.connections).toBe(1);
  });

  test("connects anew after an answer that closes", async () => {
    using server = startAwkwardServer((socket) => void socket.end(answer(503, "no", "Connection: close\r\n")));
    using client = startClient(server.target);

    expect([await client.send(), await client.send()]).toEqual(["503 no", "503 no"]);
    expect(server.connections).toBe(2);
  });

  test("takes the end of the connection for the end of an answer without a length", async () => {
    using server = startAwkwardServer((socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"));
    using client = startClient(server.target);

    expect(await client.send()).toBe("200 all of it");
  });

  test.each([
    ["closed before the answer", "", "closed"],
    ["cut in the middle of the answer", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", "closed"],
    ["answered by something that is no HTTP", "+PONG\r\n", "malformed"],
  ])("fails an order that is %s, and serves the next", async (_name, bytes, failure) => {
    using server = startAwkwardServer((socket, request) => void socket.end(request === 0 ? bytes : answer(200, "ok")));
    using client = startClient(server.target);

    expect([await client.send(), await client.send()]).toEqual([failure, "200 ok"]);
  });

  test("fails an order whose connection is reset, and sends it no second time", async () => {
    using server = startAwkwardServer((socket, request) => {
      if (request === 0) socket.terminate();
      else socket.write(answer(200, "ok"));
    });
    using client = startClient(server.target);

    expect([await client.send(), await client.send()]).toEqual(["closed", "200 ok"]);
    expect(server.requests).toBe(2);
  });

  test("drops a connection on which something comes unasked", async () => {
    using server = startAwkwardServer((socket) => {
      socket.write(answer(200, "ok"));
      setTimeout(() => socket.write(answer(408, "too slow")), 5);
    });
    using client = startClient(server.target);

    await client.send();
    while (server.closed === 0) await Bun.sleep(1);

    expect(await client.send()).toBe("200 ok");
    expect(server.connections).toBe(2);
  });

  test("fails an order that is not answered in time, counted from when it was due, and frees its place", async () => {
    using server = startAwkwardServer((socket, request) => {
      if (request > 0) socket.write(answer(200, "ok"));
    });
    using client = startClient(server.target, { connections: 1, timeoutMs: 50 });

    const outcomes = await Promise.all([client.send(), client.send({ overdueMs: 60 })]);
    const next = await client.send();

    expect(outcomes).toEqual(["timed-out", "timed-out"]);
    expect(next).toBe("200 ok");
  });

  test("writes a request that is larger than the socket's buffer", async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, "x");
    let received = 0;
    using listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, data) {
          received += data.length;
          if (received === bytes.length) socket.write(answer(200, "ok"));
        },
      },
    });
    using client = startClient({ host: "127.0.0.1", port: listener.port, authority: "" }, { timeoutMs: 10_000 });

    expect(await client.send({ bytes })).toBe("200 ok");
  });

  test("fails every order of a dead target at once and holds none", async () => {
    using client = startClient(deadTarget(), { maxWaiting: 100, timeoutMs: 60_000 });

    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => client.send()));

    expect(countsOf(outcomes)).toEqual({ overflow: 900, unreachable: 100 });
    expect(await client.send()).toBe("unreachable");
  });

  test("holds no more orders of a target that hangs than its line takes", async () => {
    using server = startAwkwardServer(() => undefined);
    using client = startClient(server.target, { connections: 4, maxWaiting: 10, timeoutMs: 100 });
    await Promise.all(Array.from({ length: 4 }, () => client.send({ overdueMs: 100 })));

    const outcomes = await Promise.all(Array.from({ length: 500 }, () => client.send()));

    const { overflow = 0, "timed-out": timedOut = 0 } = countsOf(outcomes);
    expect(overflow + timedOut).toBe(500);
    expect(timedOut).toBeLessThanOrEqual(14);
  });

  test("comes back to a target that was dead", async () => {
    const target = deadTarget();
    using client = startClient(target);
    const before = await client.send();

    using listener = Bun.listen({
      hostname: target.host,
      port: target.port,
      socket: { data: (socket) => void socket.write(answer(200, "back")) },
    });
    let after = before;
    while (after === "unreachable") after = await Bun.sleep(20).then(() => client.send());

    expect(before).toBe("unreachable");
    expect(after).toBe("200 back");
    expect(listener.port).toBe(target.port);
  });

  test("fails what is out when it is disposed of", async () => {
    using server = startAwkwardServer(() => undefined);
    const client = startClient(server.target, { connections: 1 });
    const outcomes = Promise.all([client.send(), client.send()]);
    while (server.requests === 0) await Bun.sleep(1);

    client[Symbol.dispose]();

    expect(await outcomes).toEqual(["closed", "closed"]);
  });
});

interface SendOptions {
  /** Milliseconds by which the order is late already. */
  readonly overdueMs?: number;
  readonly bytes?: Buffer;
}

interface Client extends Disposable {
  /** Resolves to status and body, or to the failure. */
  send(options?: SendOptions): Promise<string>;
}

/** A pool with a promise for each order, which sweeps for late ones by itself. */
function startClient(target: Target, options: Partial<PoolOptions> = {}): Client {
  const pending = new Map<number, (outcome: string) => void>();
  let orders = 0;
  const pool = new ConnectionPool(target, {
    connections: 8,
    maxWaiting: 100,
    timeoutMs: 5000,
    clock: systemClock,
    onAnswer: ({ key }, { status, body }) => pending.get(key)?.(`${status} ${body}`),
    onFailure: ({ key }, failure) => pending.get(key)?.(failure),
    ...options,
  });
  const sweeping = setInterval(() => pool.expire(systemClock.monotonic()), 10);
  return {
    send({ overdueMs = 0, bytes = encodeRequest({ method: "GET", path: "/" }, target) } = {}) {
      const key = orders++;
      const { promise, resolve } = Promise.withResolvers<string>();
      pending.set(key, resolve);
      pool.send({ target, key, bytes, dueMs: systemClock.monotonic() - overdueMs, sentMs: 0, receivedMs: 0 });
      return promise;
    },
    [Symbol.dispose]() {
      clearInterval(sweeping);
      pool[Symbol.dispose]();
    },
  };
}

function countsOf(outcomes: readonly string[]): Readonly<Record<string, number>> {
  const groups = Object.groupBy(outcomes, (outcome) => outcome);
  return Object.fromEntries(Object.entries(groups).map(([outcome, all]) => [outcome, all?.length ?? 0]));
}
