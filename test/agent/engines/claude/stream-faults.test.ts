/** How streams and connections fail: cut, broken off, silent, dripping, or with what nobody knows. */

import { expect, test } from "bun:test";
import { ModelError } from "../../../../src/agent/engines/claude/model-error.ts";
import { openEndpoint } from "../../../../src/agent/engines/claude/wire/endpoint.ts";
import {
  type Answer,
  call,
  eventsOf,
  inTurn,
  KEY,
  type Script,
  type SseEvent,
  sse,
  text,
  type Writing,
} from "./fake-api.ts";
import { CRASH, claimOf, talk } from "./talk.ts";

const DONE: Answer = { content: [call("conclude", {}, "toolu_done")] };
const LOOK: Answer = { content: [text("Ünïcode 💡 text."), call("verdicts", {}, "toolu_look")] };

/** Fails so often, then answers. */
function failing(times: number, failure: () => Response): Script {
  return (_, index) => (index < times ? failure() : DONE);
}

test("claude reads a stream whose signs are cut anywhere, with CRLF, pings and events that it does not know", async () => {
  const strange: Writing = {
    chunk: 1,
    newline: "\r\n",
    events: (events) =>
      events.flatMap((event) => [event, EVENT("ping", {}), EVENT("news", { type: "news", index: 0 })]),
  };

  const { conclusion, steps } = await talk(inTurn([LOOK, DONE]), { writing: strange });

  expect(conclusion?.engine).toBe("claude");
  expect(JSON.stringify(steps)).toContain("Ünïcode 💡 text.");
});

test("claude takes the first of two beginnings, and what is said of no block for nothing", async () => {
  const twice: Writing = {
    events: ([start, ...rest]) => [
      ...(start ? [start, start] : []),
      EVENT("content_block_delta", { type: "content_block_delta", index: 9, delta: { type: "text_delta", text: "x" } }),
      ...rest,
    ],
  };

  const { conclusion, spent } = await talk(() => DONE, { writing: twice });

  expect(conclusion?.engine).toBe("claude");
  expect(spent.tokens).toBe(160);
});

test("claude asks again after a stream that is cut at any event, and pays for what had begun", async () => {
  const { length } = eventsOf(DONE);
  for (let cut = 0; cut < length; cut += 1) {
    const { conclusion, spent, api } = await talk(failing(1, () => cutAfter(DONE, cut)));

    expect(conclusion?.engine).toBe("claude");
    expect(api.received).toHaveLength(2);
    expect(spent.turns).toBe(1);
    if (cut > 0) expect(spent.tokens).toBeGreaterThan(160);
  }
});

test.each([0, 1, 4])("claude asks again after an error within the stream, %p events in", async (at) => {
  const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
  const events = eventsOf(DONE).slice(0, at);

  const { conclusion, pauses } = await talk(failing(1, () => written([...events, EVENT("error", error)])));

  expect(conclusion?.engine).toBe("claude");
  expect(pauses).toEqual([500]);
});

test("claude does not ask again after an error within the stream that will come again", async () => {
  const error = { type: "error", error: { type: "invalid_request_error", message: "No" } };

  const { error: thrown, api } = await talk(() => written([EVENT("error", error)]));

  expect(String(thrown)).toContain("broke off: invalid_request_error");
  expect(api.received).toHaveLength(1);
});

test("claude runs no call whose streamed input is no JSON, says so, and goes on", async () => {
  const { api, conclusion } = await talk(inTurn([{ content: [call("verdicts", '{"component": "lamp')] }, DONE]));

  expect(api.problems).toEqual([]);
  expect(JSON.stringify(api.received[1]?.messages.at(-1))).toContain("not a JSON object");
  expect(conclusion?.engine).toBe("claude");
});

test("claude runs no call that was cut at the limit of tokens, though what came is JSON", async () => {
  const cut: Answer = {
    content: [call("propose", { hypotheses: [{ ...CRASH, claims: [claimOf("state", "down")] }] })],
    stop: "max_tokens",
  };

  const { api, steps } = await talk(inTurn([cut, DONE]));

  expect(steps.filter(({ kind }) => kind === "weighed")).toHaveLength(1);
  expect(JSON.stringify(api.received[1]?.messages.at(-1))).toContain("The answer was cut at its limit");
});

test("claude gives up an attempt on which nothing comes for long, and one that drips is ended by its time", async () => {
  await using stalled = silentServer();
  const endpoint = await openEndpoint({ apiKey: KEY, baseUrl: stalled.url, idleMs: 60 });
  const request = { system: "s", tools: [], messages: [{ role: "user" as const, content: [text("?")] }], maxTokens: 5 };

  const silence = endpoint.answer(request, AbortSignal.timeout(10_000));
  await expect(silence).rejects.toThrow("Nothing came for 0.06 s");

  await using dripping = silentServer(10);
  const slow = await openEndpoint({ apiKey: KEY, baseUrl: dripping.url, idleMs: 5000 });
  await expect(slow.answer(request, AbortSignal.timeout(100))).rejects.toThrow("timed out");
});

test.each([
  ["before it answers", ""],
  ["within its headers", "HTTP/1.1 200 OK\r\ncontent-ty"],
  ["within its body", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"],
  [
    "within its stream",
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 900\r\n\r\nevent: ping\n",
  ],
])("claude asks again when the connection is closed %s", async (_, answer) => {
  using server = Bun.listen({
    port: 0,
    hostname: "127.0.0.1",
    socket: {
      data(socket) {
        socket.write(answer);
        socket.end();
      },
    },
  });

  const { error, pauses } = await talk(() => DONE, { settings: { baseUrl: `http://127.0.0.1:${server.port}` } });

  expect(error).toBeInstanceOf(ModelError);
  expect(pauses.length).toBeGreaterThanOrEqual(3);
});

test("claude refuses to begin without a key, and asks nobody", async () => {
  await expect(openEndpoint({})).rejects.toThrow("There is no key for the model");
});

/** A server that begins a stream and says no more, or a byte now and then. */
function silentServer(everyMs?: number) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      let timer: Timer | undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(":"));
          if (everyMs !== undefined)
            timer = setInterval(() => controller.enqueue(new TextEncoder().encode(":")), everyMs);
        },
        cancel: () => clearInterval(timer),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: async () => await server.stop(true) };
}

function EVENT(event: string, data: object): SseEvent {
  return { event, data: JSON.stringify(data) };
}

function cutAfter(answer: Answer, count: number): Response {
  return written(eventsOf(answer).slice(0, count));
}

function written(events: readonly SseEvent[]): Response {
  return sse(events.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join(""));
}
