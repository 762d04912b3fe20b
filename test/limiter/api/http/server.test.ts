import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type HttpServer, serveHttp } from "../../../../src/limiter/api/http/server.ts";
import { until } from "../../../until.ts";
import { silence } from "../../services.ts";
import { makeNode, type TestNode } from "../../test-node.ts";
import { connectRaw, type RawConnection, requestOf, sendRaw } from "./raw-client.ts";

setDefaultTimeout(60_000);

const CLOSE = "Connection: close";

let node: TestNode;
let server: HttpServer;
/** Requests that any server of this file was handed. */
let arrived = 0;
beforeAll(() => {
  node = makeNode();
  server = serve(node);
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a body over 64 KiB", () => {
  const LARGE = `{"limit":1${" ".repeat(65_536 - 10)}}`;
  const ROUTES = ["POST /check", "PUT /api/limits/a", "PUT /api/config", "PUT /api/node/clock"];

  test.each(ROUTES)("is refused by %s before it has come, where its length is declared", async (route) => {
    const answer = await sendRaw(server.port, `${route} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n{`);

    expect(answer).toStartWith("HTTP/1.1 413 ");
  });

  test.each(ROUTES)("is refused by %s as soon as it is too large, where its length is not declared", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    const headers = { "content-type": "application/json" };
    const response = await fetch(new URL(path, server.url), { method, headers, body: new Blob([LARGE]).stream() });

    expect(response.status).toBe(413);
    expect(node.failures).toEqual([]);
  });

  test("is one byte too large", async () => {
    const body = `{"key":"a"${" ".repeat(65_536 - 11)}}`;

    expect((await fetch(new URL("/check", server.url), { method: "POST", body })).status).toBe(200);
  });
});

test.each(["POST /check", "PUT /api/limits/a"])("a body of %s that is no UTF-8 is refused", async (route) => {
  const answer = await sendRaw(server.port, requestOf(route, '{"key":"a\xff"}', CLOSE));

  expect(answer).toStartWith("HTTP/1.1 400 ");
  expect(answer).toContain('{"error":{"field":"body","message":"Cannot read body, expected UTF-8"}}');
});

test("bytes in a path that are no UTF-8 are not taken for a key", async () => {
  const answer = await sendRaw(server.port, requestOf("PUT /api/limits/a\xff", '{"limit":1}', CLOSE));

  expect(answer).toStartWith("HTTP/1.1 400 ");
  expect(answer).toContain('"field":"key"');
  expect(node.node.state.limits.size).toBe(0);
});

test.each([
  "GET /health",
  "GET /ready",
  "GET /metrics",
  "GET /api/nodes",
  "GET /api/config?node=2",
  "GET /api/limits?limit=1",
  "GET /api/counters/a%2Fb",
  "GET /api/blocks",
  "GET /api/admissions",
  "POST /api/node/undrain",
])("%s is answered without a Host, as clients of HTTP/1.0 ask", async (route) => {
  expect(await sendRaw(server.port, `${route} HTTP/1.0\r\n\r\n`)).toStartWith("HTTP/1.1 200 ");
});

test("POST /check is answered without a Host", async () => {
  const request = 'POST /check HTTP/1.0\r\nContent-Length: 11\r\n\r\n{"key":"a"}';

  expect(await sendRaw(server.port, request)).toStartWith("HTTP/1.1 200 ");
});

test.each(["/", "/health", "/ready"])(
  "HEAD %s has the head of the GET, its length among it, and no body",
  async (path) => {
    const get = await sendRaw(server.port, requestOf(`GET ${path}`, "", CLOSE));
    const head = await sendRaw(server.port, requestOf(`HEAD ${path}`, "", CLOSE));

    const [, length = ""] = /\r\ncontent-length: (\d+)\r\n/i.exec(get) ?? [];
    expect(head).toStartWith("HTTP/1.1 200 ");
    expect(head.toLowerCase()).toContain(`\r\ncontent-length: ${length}\r\n`);
    expect(head).toEndWith("\r\n\r\n");
  },
);

test.each(["/api/nodes", "/api/config", "/metrics", "/ready"])("HEAD %s is answered without a Host", async (path) => {
  expect(await sendRaw(server.port, `HEAD ${path} HTTP/1.0\r\n\r\n`)).toStartWith("HTTP/1.1 200 ");
});

test.each(["GET / HTTP/1.1\r\nHost:\r\n", "GET /api/limits HTTP/1.1\r\nHost: \r\n", "OPTIONS / HTTP/1.0\r\n"])(
  "%p, as load balancers ask, is answered",
  async (request) => {
    expect(await sendRaw(server.port, `${request}Connection: close\r\n\r\n`)).toStartWith("HTTP/1.1 200 ");
  },
);

test("a client that hangs up in its body is counted, and is no error of the node", async () => {
  const { disconnects } = node.node.metrics;
  const before = { arrived, ...disconnects };
  const connection = await connectRaw(server.port);

  connection.write("POST /check HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  await until(() => arrived > before.arrived);
  connection.hangUp();

  await until(() => disconnects.body === before.body + 1);
  expect(node.failures).toEqual([]);
});

test("of checks that are pipelined the first is made, counted as unanswered, and the connection closed", async () => {
  const held = makeNode();
  const gate = Promise.withResolvers<void>();
  const decide = held.decider.check.bind(held.decider);
  const keys: string[] = [];
  held.decider.check = async (request) => {
    keys.push(request.key);
    await gate.promise;
    return await decide(request);
  };
  await using own = serve(held);
  const check = (key: string) => requestOf("POST /check", `{"key":"${key}"}`);

  const answer = await sendRaw(own.port, Buffer.concat([check("a"), check("b"), check("c")]));
  gate.resolve();

  expect(answer).toBe("");
  await until(() => held.node.metrics.disconnects.answer === 1);
  expect(keys).toEqual(["a"]);
  expect(held.failures).toEqual([]);
});

test("a body that comes drop by drop is cut after the time-out, and an idle connection after its own", async () => {
  await using own = serve(node, { bodySeconds: 1, idleSeconds: 5 });
  const before = node.node.metrics.disconnects.body;
  const connection = await connectRaw(own.port);

  connection.write("POST /check HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
  const drops = setInterval(() => connection.write(" "), 50);
  const idle = await Promise.all([connectRaw(own.port), connectRaw(own.port)]);
  let idleClosed = 0;
  for (const { closed } of idle) void closed.then(() => (idleClosed += 1));
  idle[0].write(requestOf("GET /health"));
  idle[1].write(requestOf("POST /check", '{"key":"a"}'));

  expect(await connection.closed.finally(() => clearInterval(drops))).toBe("");
  expect(idleClosed).toBe(0);
  for (const { closed } of idle) expect(await closed).toStartWith("HTTP/1.1 200 ");
  await until(() => node.node.metrics.disconnects.body === before + 1);
  expect(node.failures).toEqual([]);
});

test("a handler that throws is a 500 without its message", async () => {
  await using own = serveHttp({
    host: "127.0.0.1",
    port: 0,
    maxConnections: 4000,
    fetch: () => Promise.reject(new Error("secret")),
    failed: makeNode().failed,
    counts: node.node.metrics.connections,
    log: silence,
  });

  const response = await fetch(own.url);

  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    error: { field: "node", message: "Cannot answer: internal error of the node" },
  });
});

describe("connections above the bound", () => {
  test("are not accepted until there is room, those that work are served, and both are counted", async () => {
    const full = makeNode();
    const { connections: counts } = full.node.metrics;
    await using own = serve(full, { maxConnections: 20 });
    const worker = await connectRaw(own.port);
    worker.write("POST /check HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\n");

    const silent = await Promise.all(Array.from({ length: 40 }, () => connectRaw(own.port)));
    await until(() => counts.pauses === 1);

    await expect(connectRaw(own.port)).rejects.toThrow();
    worker.write('{"key":"a"}');
    expect(await worker.closed).toStartWith("HTTP/1.1 200 ");

    for (const connection of silent) connection.hangUp();
    await until(async () => (await fetch(new URL("/health", own.url)).catch(() => undefined))?.ok === true);
    expect(counts.open).toBeLessThanOrEqual(20);
    expect((await full.send("GET", "/metrics")).body).toContain("ratelimiter_accept_pauses_total 1\n");
  });

  test("are made room for by closing idle ones", async () => {
    const full = makeNode();
    const { connections: counts } = full.node.metrics;
    // Both ends of each connection are files of this process.
    await using own = serve(full, { maxConnections: 30 });

    const idle: RawConnection[] = [];
    for (let i = 0; i < 20; i += 1) {
      const connection = await connectRaw(own.port);
      connection.write(requestOf("GET /health"));
      idle.push(connection);
    }

    await Promise.all(idle.map(({ closed }) => closed));
    expect(counts.idleClosed).toBeGreaterThan(0);
    expect(counts.pauses).toBe(0);
  });
});

test("serveHttp() is done when what runs is done, also of a server that pauses", async () => {
  const held = makeNode();
  const gate = Promise.withResolvers<void>();
  const own = serve(held, { maxConnections: 10, wait: gate.promise });
  const answer = fetch(own.url);
  const silent = await Promise.all(Array.from({ length: 20 }, () => connectRaw(own.port)));
  await until(() => held.node.metrics.connections.pauses === 1);

  const closed = own[Symbol.asyncDispose]();
  for (const connection of silent) connection.hangUp();
  gate.resolve();

  expect((await answer).status).toBe(200);
  await closed;
});

interface Serving {
  readonly maxConnections?: number;
  readonly bodySeconds?: number;
  readonly idleSeconds?: number;
  /** What every request waits for. */
  readonly wait?: Promise<void>;
}

function serve(
  { app, failed, node: { metrics } }: TestNode,
  { wait, maxConnections = 4000, ...seconds }: Serving = {},
) {
  return serveHttp({
    host: "127.0.0.1",
    port: 0,
    maxConnections,
    ...seconds,
    async fetch(request) {
      arrived += 1;
      await wait;
      return app.fetch(request);
    },
    failed,
    counts: metrics.connections,
    log: silence,
  });
}
