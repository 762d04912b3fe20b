import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server, TCPSocketListener } from "bun";
import * as v from "valibot";
import { probe } from "../../../src/core/subject/probe.ts";
import { messageOf, ProbeError } from "../../../src/core/text/errors.ts";
import { requestJson, requestStream, requestText } from "../../../src/io/http/http.ts";

const HTML = "<!DOCTYPE html>\n<html><body>Welcome\u001b[31m</body></html>";
const signal = new AbortController().signal;

let server: Server<undefined>;
let seen: { method: string; headers: Headers; body: string } | undefined;
let url = "";

beforeAll(() => {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop(true));

test("requestJson() gives what the schema makes of the answer", async () => {
  const answer = await requestJson(`${url}/json`, v.object({ state: v.string() }), { signal });

  expect(answer).toEqual({ state: "up" });
});

test("requestJson() sends a body, a token and a method", async () => {
  await requestJson(`${url}/json`, v.unknown(), { signal, method: "PUT", body: { limit: 5 }, token: "t0ken" });

  expect(seen).toMatchObject({ method: "PUT", body: '{"limit":5}' });
  expect(seen?.headers.get("authorization")).toBe("Bearer t0ken");
  expect(seen?.headers.get("accept")).toBe("application/json");
});

test("requestJson() keeps integers beyond a number's precision as text", async () => {
  const answer = await requestJson(`${url}/large`, v.unknown(), { signal });

  expect(answer).toEqual({ id: "10448351294529612345", small: 12, text: "10448351294529612345", ratio: 0.5 });
});

test("requestJson() accepts a wanted status besides 2xx", async () => {
  const answer = await requestJson(`${url}/unready`, v.unknown(), { signal, statuses: [503] });

  expect(answer).toEqual({ ready: false });
});

test.each([
  ["another form", "/json", 'Cannot read JSON of GET "URL/json" at "limit": '],
  [
    "HTML",
    "/html",
    'Cannot read JSON of GET "URL/html": status 200 with 54 characters of "text/html;charset=utf-8", expected JSON',
  ],
  ["truncated JSON", "/truncated", 'Cannot read JSON of GET "URL/truncated": status 200 with 10 characters of'],
  ["nothing", "/empty", "expected JSON; the answer is empty"],
  [
    "a failure",
    "/unready",
    'Cannot GET "URL/unready": status 503, expected 2xx; the answer begins with: {"ready":false}',
  ],
  ["a failure that says why", "/secret", "status 500, expected 2xx; the answer says: boom"],
  ["a redirect", "/moved", 'Cannot GET "URL/moved": status 302 pointing to "http://other:1", expected 2xx'],
])("requestJson() says what came back instead: %s", async (_what, path, expected) => {
  const message = await failureOf(requestJson(url + path, v.object({ limit: v.number() }), { signal }));

  expect(message).toContain(expected.replace("URL", url));
});

test("a message holds one line of the answer at most, without control characters", async () => {
  const message = await failureOf(requestJson(`${url}/html`, v.unknown(), { signal }));

  expect(message).toContain("the answer begins with: <!DOCTYPE html> <html><body>Welcome</body></html>");
});

test("a long answer is not shown whole", async () => {
  const message = await failureOf(requestText(`${url}/bytes?count=100000&status=500`, { signal }));

  expect(message.length).toBeLessThan(400);
});

test("requestText() refuses a body beyond its bound", async () => {
  const plain = await failureOf(requestText(`${url}/bytes?count=100001`, { signal, maxBytes: 100_000 }));
  const fitting = await requestText(`${url}/bytes?count=100000`, { signal, maxBytes: 100_000 });

  expect(plain).toBe(`Cannot GET "${url}/bytes?count=100001": body is too large, expected at most 100000 bytes`);
  expect(fitting.text).toHaveLength(100_000);
});

test("requestText() asks for a plain body and unpacks none, so that neither a bomb nor a broken package gets through", async () => {
  const message = await failureOf(requestText(`${url}/packed`, { signal }));

  expect(message).toBe(`Cannot GET "${url}/packed": the answer is encoded as "gzip", expected no content encoding`);
  expect(seen?.headers.get("accept-encoding")).toBe("identity");
});

test("a failure shows no secret that the answer holds", async () => {
  const message = await failureOf(requestText(`${url}/secret`, { signal }));

  expect(message).toContain("status 500");
  expect(message).not.toContain("hunter2");
});

test("a failure passes on neither the client library's advice nor what it says of the address", async () => {
  using malformed = sayOnce("no HTTP at all\r\n\r\n");
  using cut = sayOnce("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");

  const messages = [malformed, cut].map(({ port }) =>
    failureOf(requestText(`http://127.0.0.1:${port}/?token=abc123`, { signal })),
  );

  expect((await Promise.all(messages)).join()).not.toMatch(/verbose|abc123/);
});

test("a request ends at its deadline, before and within the body", async () => {
  const silent = await failureOf(requestText(`${url}/hang`, { signal, timeoutMs: 50 }));
  const trickling = await failureOf(requestText(`${url}/trickle`, { signal, timeoutMs: 100 }));

  expect(silent).toBe(`Cannot GET "${url}/hang": no complete answer within 50ms`);
  expect(trickling).toBe(`Cannot GET "${url}/trickle": no complete answer within 100ms`);
});

test("a request ends at the deadline of its caller, and says that it was one", async () => {
  const pending = failureOf(requestText(`${url}/hang`, { signal: AbortSignal.timeout(20) }));

  expect(await pending).toMatch(/hang": no complete answer within \d+(?:\.\d+)?m?s$/);
});

test("a long query is named by its beginning, so that the reason is read", async () => {
  const address = `${url}/hang?query=${"sum".repeat(100)}`;

  const said = await failureOf(requestText(address, { signal, timeoutMs: 50 }));

  expect(said).toContain(`?query=${"sum".repeat(17)}su…": no complete answer`);
});

test("a request ends when its caller stops it", async () => {
  const caller = new AbortController();
  const pending = failureOf(requestText(`${url}/hang`, { signal: caller.signal }));
  caller.abort(new Error("Ctrl-C"));

  expect(await pending).toBe(`Cannot GET "${url}/hang": stopped before the answer was complete: Ctrl-C`);
  expect(await failureOf(requestText(`${url}/json`, { signal: caller.signal }))).toContain("stopped");
});

test("requestStream() gives up the rest of the answer when the consumer has enough", async () => {
  const first = await requestStream(`${url}/trickle`, { signal }, async ({ chunks }) => {
    for await (const chunk of chunks) return chunk.length;
    return 0;
  });

  expect(first).toBeGreaterThan(0);
});

test("requestStream() leaves the consumer's own errors alone", async () => {
  const failing = requestStream(`${url}/json`, { signal }, () => Promise.reject(new RangeError("mine")));

  await expect(failing).rejects.toThrow(RangeError);
});

test("credentials of an address are sent and never shown", async () => {
  const address = `${url.replace("//", "//annie:s%40cret@")}/unready?token=abc123&page=2`;
  const message = await failureOf(requestText(address, { signal, timeoutMs: 50 }));

  expect(seen?.headers.get("authorization")).toBe(`Basic ${btoa("annie:s@cret")}`);
  expect(message).toContain(`GET "${url}/unready?token=***&page=2"`);
  expect(message).not.toMatch(/annie|cret|abc123/);
});

test.each(["file:///etc/passwd", "redis://ann:secret@host", "ann:secret@host", "not an address", "http://"])(
  "%s is refused as an address without its credentials",
  async (address) => {
    const message = await failureOf(requestText(address, { signal, timeoutMs: 50 }));

    expect(message).toContain('not an http address, expected "http://host:port/path"');
    expect(message).not.toContain("secret");
  },
);

test("a lone percent sign in a password is meant as it is", async () => {
  await requestText(`${url.replace("//", "//annie:50%@")}/json`, { signal });

  expect(seen?.headers.get("authorization")).toBe(`Basic ${btoa("annie:50%")}`);
});

test("nobody listening, no HTTP, half an answer and an impossible token are failures of the probe", async () => {
  using foreign = sayOnce("hello\r\n\r\n");
  using broken = sayOnce("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
  const failures = await Promise.all([
    failureOf(requestText("http://127.0.0.1:1/", { signal })),
    failureOf(requestText(`http://127.0.0.1:${foreign.port}/`, { signal })),
    failureOf(requestText(`http://127.0.0.1:${broken.port}/`, { signal })),
    failureOf(requestText(`${url}/json`, { signal, token: "s3cret\nx" })),
  ]);

  expect(failures[0]).toContain('Cannot GET "http://127.0.0.1:1/": connection refused');
  expect(failures[1]).toContain("no complete answer: the connection was closed (ECONNRESET)");
  expect(failures[2]).toContain("no complete answer: the connection was closed (ECONNRESET)");
  expect(failures[3]).not.toContain("s3cret");
});

test("what a host name, TLS on a plain port and another protocol come to is said in our own words", async () => {
  using ssh = sayOnce("SSH-2.0-OpenSSH_9.6\r\n");
  const failures = await Promise.all([
    failureOf(requestText("http://no.such.host.invalid/x?token=s3cret", { signal })),
    failureOf(requestText(`${url.replace("http:", "https:")}/`, { signal })),
    probe(() => requestText(`http://127.0.0.1:${ssh.port}/`, { signal })),
  ]);

  expect(failures[0]).toBe(
    'Cannot GET "http://no.such.host.invalid/x?token=***": no complete answer: the host name is not found (ENOTFOUND)',
  );
  expect(failures[1]).toEndWith(
    "no complete answer: the TLS handshake failed: does it speak TLS on this port? (EPROTO)",
  );
  expect(failures[2]).toMatchObject({ outcome: "foreign-answer", failed: expect.stringContaining("is not HTTP") });
});

test.each([
  ["refused", "http://127.0.0.1:1/"],
  ["timed-out", "/hang"],
  ["foreign-answer", "/html"],
  ["unreachable", "http://no.such.host.invalid/"],
] as const)("a failed probe tells nobody there from nothing in time from a wrong answer: %s", async (outcome, path) => {
  const target = path.startsWith("/") ? url + path : path;

  const probed = await probe(() => requestJson(target, v.object({}), { signal, timeoutMs: 50 }));

  expect(probed).toMatchObject({ outcome });
});

test("a body is sent as JSON, also where it is a text or nothing", async () => {
  const bodies: (string | undefined)[] = [];
  for (const body of ["a", 0, null, false]) {
    await requestText(`${url}/json`, { signal, method: "POST", body });
    bodies.push(seen?.body);
  }

  expect(bodies).toEqual(['"a"', "0", "null", "false"]);
  expect(seen?.headers.get("content-type")).toBe("application/json");
});

test("requestJson() reads large integers as asked", async () => {
  const answer = await requestJson(`${url}/large`, v.object({ id: v.bigint() }), { signal, largeIntegers: "bigint" });

  expect(answer.id).toBe(10448351294529612345n);
});

async function answer(request: Request): Promise<Response> {
  seen = { method: request.method, headers: new Headers(request.headers), body: await request.text() };
  const { pathname, searchParams } = new URL(request.url);
  const status = Number(searchParams.get("status") ?? 200);
  switch (pathname) {
    case "/json":
      return Response.json({ state: "up" });
    case "/large":
      return new Response('{"id":10448351294529612345,"small":12,"text":"10448351294529612345","ratio":0.5}');
    case "/unready":
      return Response.json({ ready: false }, { status: 503 });
    case "/html":
      return new Response(HTML, { headers: { "content-type": "text/html;charset=utf-8" } });
    case "/truncated":
      return new Response('{"state":"');
    case "/secret":
      return new Response('{"error":"boom","password":"hunter2"}', { status: 500 });
    case "/empty":
      return new Response("");
    case "/moved":
      return new Response(null, { status: 302, headers: { location: "http://other:1/login?token=x" } });
    case "/bytes":
      return new Response("x".repeat(Number(searchParams.get("count"))), { status });
    case "/packed":
      return new Response(Bun.gzipSync(Buffer.alloc(1_000_000)), { headers: { "content-encoding": "gzip" } });
    case "/trickle":
      return new Response(trickle());
    default:
      return Promise.withResolvers<Response>().promise;
  }
}

function trickle(): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(20);
      controller.enqueue(new Uint8Array(10));
    },
  });
}

function sayOnce(text: string): TCPSocketListener {
  return Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end(text) } });
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProbeError);
  return messageOf(error);
}
