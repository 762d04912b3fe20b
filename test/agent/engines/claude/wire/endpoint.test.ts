/** What an endpoint, its address and its key may look like: said plainly, bounded, and never followed elsewhere. */

import { describe, expect, spyOn, test } from "bun:test";
import { openEndpoint } from "../../../../../src/agent/engines/claude/wire/endpoint.ts";

const KEY = "sk-test-0123456789abcdef";
const REQUEST = {
  system: "s",
  tools: [],
  messages: [{ role: "user" as const, content: [{ type: "text", text: "the case" }] }],
  maxTokens: 100,
};
const MESSAGE = {
  type: "message",
  role: "assistant",
  content: [{ type: "text", text: "ok" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 1 },
};
const BEGUN = 'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1}}}\n\n';

describe("an address is used as it is meant", () => {
  test.each(["", "/", "/v1", "/v1/", "/v1/messages"])("with %p behind it", async (end) => {
    await using api = serve(() => Response.json(MESSAGE));

    await ask(`${api.url}${end}`);

    expect(api.paths).toEqual(["/v1/messages"]);
  });

  test("below a path", async () => {
    await using api = serve(() => Response.json(MESSAGE));

    await ask(`${api.url}/anthropic/v1`);

    expect(api.paths).toEqual(["/anthropic/v1/messages"]);
  });
});

describe("a key", () => {
  test("is sent without the space around it", async () => {
    await using api = serve(() => Response.json(MESSAGE));

    await ask(api.url, { apiKey: ` ${KEY}\n` });

    expect(api.keys).toEqual([`Bearer ${KEY}`]);
  });

  test.each([
    ["with a line break", `${KEY}\nx: 1`, "The key for the model cannot be sent"],
    ["with letters that no header has", "sk-tëst", "The key for the model cannot be sent"],
    ["of nothing", "  ", "There is no key for the model"],
  ])("%s asks nobody", async (_what, apiKey, said) => {
    await using api = serve(() => Response.json(MESSAGE));

    const error = await failureOf(ask(api.url, { apiKey }));

    expect(error).toMatchObject({ message: expect.stringContaining(said), retry: false });
    expect(String(error)).not.toContain(apiKey.trim() || "none");
    expect(api.paths).toEqual([]);
  });
});

test.each([301, 302, 307, 308])("an endpoint that points elsewhere is not followed: %p", async (status) => {
  await using other = serve(() => Response.json(MESSAGE));
  await using api = serve(() => new Response(null, { status, headers: { location: `${other.url}/v1/messages` } }));

  const error = await failureOf(ask(api.url));

  expect(error).toMatchObject({
    retry: false,
    message: expect.stringContaining(`points to another address (${status})`),
  });
  expect(other.paths).toEqual([]);
});

describe("an answer is read by what it is", () => {
  test("whatever the case of its type", async () => {
    const body = JSON.stringify(MESSAGE);
    await using api = serve(() => new Response(body, { headers: { "content-type": "Application/JSON" } }));

    expect((await ask(api.url)).stop).toBe("end_turn");
  });

  test.each([
    [
      "an error with status 200",
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
      "Overloaded",
    ],
    ["an error of another gateway", { error: { message: "quota exceeded" } }, "quota exceeded"],
    ["an answer of another API", { object: "chat.completion" }, "chat.completion"],
  ])("%s says what it says", async (_what, body, said) => {
    await using api = serve(() => Response.json(body));

    await expect(ask(api.url)).rejects.toThrow(`is no message, expected the Messages API; it says: `);
    await expect(ask(api.url)).rejects.toThrow(said);
  });

  test.each([
    ["one that never ends", "application/json", 200],
    ["a stream that never ends", "text/event-stream", 200],
    ["an error that never ends", "text/plain", 400],
  ])("%s is given up at its bound", async (_what, type, status) => {
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000_000).fill(0x78)),
      });
    await using api = serve(() => new Response(endless(), { status, headers: { "content-type": type } }));

    await expect(ask(api.url)).rejects.toThrow("The answer is too large");
  });
});

describe("a stream that breaks off is no endpoint that cannot be reached, and writes nothing to the terminal", () => {
  test.each([
    [
      "within a text",
      'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"it is',
      "The answer was cut off",
    ],
    [
      "by an event that is no JSON",
      "event: content_block_delta\ndata: {\u001B[31m nonsense\n\n",
      "The answer is no JSON",
    ],
    [
      "by an error in plain text",
      "event: error\ndata: gateway exploded\n\n",
      'The answer broke off: "gateway exploded"',
    ],
    ["by an error of another API", 'event: error\ndata: {"error":{"code":429}}\n\n', "The answer broke off: "],
  ])("%s", async (_what, rest, said) => {
    using written = spyOn(console, "error");
    await using api = serve(() => new Response(BEGUN + rest, { headers: { "content-type": "text/event-stream" } }));

    const error = await failureOf(ask(api.url, { streams: true }));

    expect(error).toMatchObject({ message: expect.stringContaining(said), retry: true });
    expect(String(error)).not.toContain("\u001B");
    expect(written).not.toHaveBeenCalled();
  });
});

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly paths: readonly string[];
  readonly keys: readonly (string | null)[];
}

function serve(answer: () => Response): Served {
  const paths: string[] = [];
  const keys: (string | null)[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      paths.push(new URL(request.url).pathname);
      keys.push(request.headers.get("authorization"));
      return answer();
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  return { url, paths, keys, [Symbol.asyncDispose]: () => server.stop(true) };
}

async function ask(baseUrl: string, settings: { readonly apiKey?: string; readonly streams?: boolean } = {}) {
  const model = await openEndpoint({ apiKey: KEY, baseUrl, streams: false, ...settings });
  return await model.answer(REQUEST, AbortSignal.timeout(60_000));
}

async function failureOf(asking: Promise<unknown>): Promise<unknown> {
  return await asking.then(
    () => undefined,
    (error: unknown) => error,
  );
}
