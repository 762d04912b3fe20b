import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import * as v from "valibot";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { requestJson, requestText } from "../../../src/io/http/http.ts";

const HTML = "<!DOCTYPE html>\n<html><body>Welcome</body></html>";
const signal = new AbortController().signal;

let server: Server<undefined>;
let url = "";

beforeAll(() => {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop(true));

test("a request fails with a transcript of what arrived", async () => {
  const refused = await errorOf(requestText("http://127.0.0.1:1/", { signal }));
  const silent = await errorOf(requestText(`${url}/hang`, { signal, timeoutMs: 30 }));
  const cut = await errorOf(requestText(`${url}/trickle`, { signal, maxBytes: 15 }));
  const wrong = await errorOf(requestJson(`${url}/html`, v.unknown(), { signal }));
  const long = await errorOf(requestText(`${url}/long`, { signal, maxBytes: 1000 }));

  expect(refused.transcript).toMatchObject({ bodyBytes: 0, firstBytes: Buffer.alloc(0) });
  expect(refused.transcript).not.toHaveProperty("headMs");
  expect(silent.transcript).not.toHaveProperty("headMs");
  expect(cut.transcript).toMatchObject({ status: 200, bodyBytes: 20, firstBytes: Buffer.alloc(20) });
  expect(wrong.transcript).toMatchObject({ status: 200, bodyBytes: HTML.length, firstBytes: Buffer.from(HTML) });
  expect(long.transcript?.firstBytes).toHaveLength(512);
  const { headMs = Infinity, firstByteMs = Infinity, endedMs = 0 } = cut.transcript ?? {};
  expect([0, headMs, firstByteMs, endedMs]).toEqual([0, headMs, firstByteMs, endedMs].toSorted((a, b) => a - b));
});

test.each([
  ["GET", undefined, 1],
  ["GET", 2, 3],
  ["HEAD", 2, 3],
  ["POST", 2, 1],
  ["PUT", 2, 1],
] as const)("a %s with %p retries is sent %i times where no answer comes", async (method, retries, expected) => {
  let sent = 0;
  using closing = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void sent++, data: (socket) => void socket.end() },
  });
  const request = { signal, method, ...(retries !== undefined && { retries }) };

  await errorOf(requestText(`http://127.0.0.1:${closing.port}/`, request));

  expect(sent).toBe(expected);
});

test("a retry gets the answer that the first attempt did not, within one deadline", async () => {
  let asked = 0;
  using flaky = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => (asked++ === 0 ? new Response("later", { status: 503 }) : new Response("now")),
  });
  const again = await requestText(`http://127.0.0.1:${flaky.port}/`, { signal, retries: 1 });
  const late = await errorOf(requestText(`${url}/hang`, { signal, retries: 1000, timeoutMs: 50 }));

  expect(again.text).toBe("now");
  expect(late.message).toEndWith("no complete answer within 50ms");
});

function answer(request: Request): Response | Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/html":
      return new Response(HTML);
    case "/long":
      return new Response("x".repeat(100_000));
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

async function errorOf(promise: Promise<unknown>): Promise<ProbeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProbeError) return error;
  throw new TypeError(`Cannot use ${String(error)}: expected a ProbeError`);
}
