/** A Messages API of our own on a free port: scripted, stricter than the real one, and able to fail in every known way. */

import { isObject } from "../../../../src/core/text/parse.ts";
import { problemsOf } from "./strict.ts";

/** A block of an answer. */
export type AnswerBlock = Readonly<Record<string, unknown>> & { readonly type: string };

/** A message as the API answers it. */
export interface Answer {
  readonly content: readonly AnswerBlock[];
  /** @default what fits the content */
  readonly stop?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly usage?: unknown;
}

/** A request as it came. */
export interface Received {
  readonly body: Record<string, unknown>;
  readonly messages: readonly Record<string, unknown>[];
  readonly headers: Headers;
}

/** Answers the nth request, counted from 0; `undefined` is a request that nobody expects. */
export type Script = (request: Received, index: number) => Answer | Response | Promise<Answer | Response> | undefined;

/** How answers are written. */
export interface Writing {
  /** Bytes of one chunk; everything at once without it. */
  readonly chunk?: number;
  readonly newline?: string;
  /** Changes the events of a stream before they are sent. */
  readonly events?: (events: readonly SseEvent[]) => readonly SseEvent[];
}

/** One event of a stream. */
export interface SseEvent {
  readonly event: string;
  /** JSON text. */
  readonly data: string;
}

/** The running API. */
export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** What was wrong with requests. */
  readonly problems: readonly string[];
}

/** The key that it accepts. */
export const KEY = "sk-test-key-of-the-fake";

/** Starts one. */
export function openFakeApi(script: Script, writing: Writing = {}): FakeApi {
  const received: Received[] = [];
  const problems: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 255,
    async fetch(request) {
      const body: unknown = await request.json();
      const index = received.length;
      const wrong = [...problemsOf(request, body, KEY), ...prefixProblems(received.at(-1), body)];
      problems.push(...wrong.map((problem) => `Request ${index}: ${problem}`));
      if (!isObject(body) || wrong.length > 0) return errorOf(400, "invalid_request_error", wrong.join("; "));
      const messages = Array.isArray(body["messages"]) ? body["messages"].filter(isObject) : [];
      const one = { body, messages, headers: request.headers };
      received.push(one);
      const answer = await script(one, index);
      if (!answer) {
        problems.push(`Request ${index}: nobody expects it`);
        return new Response("nobody expects it", { status: 599 });
      }
      if (answer instanceof Response) return answer;
      return body["stream"] === true ? streamOf(answer, writing) : Response.json(messageOf(answer));
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    problems,
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
}

/** An error as the API answers it. */
export function errorOf(status: number, type: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "error", error: { type, message } }, { status, headers });
}

/** Text. */
export function text(said: string): AnswerBlock {
  return { type: "text", text: said };
}

/** Answers one after another, and nothing beyond. */
export function inTurn(answers: readonly Answer[]): Script {
  return (_, index) => answers[index];
}

let calls = 0;

/** A call of a tool. */
export function call(name: string, input: unknown, id = `toolu_${(calls += 1)}`): AnswerBlock {
  return { type: "tool_use", id, name, input };
}

/** What a message holds, as JSON. */
export function messageOf({ content, stop, details, usage = USAGE }: Answer): Record<string, unknown> {
  const usual = content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-of-the-fake",
    content,
    stop_reason: stop === undefined ? usual : stop,
    stop_sequence: null,
    ...(details && { stop_details: details }),
    usage,
  };
}

const USAGE = { input_tokens: 100, cache_creation_input_tokens: 20, cache_read_input_tokens: 30, output_tokens: 10 };

/** An answer as a stream. */
export function streamOf(answer: Answer, { chunk, newline = "\n", events = (all) => all }: Writing = {}): Response {
  const lines = events(eventsOf(answer)).map(({ event, data }) =>
    [`event: ${event}`, `data: ${data}`, "", ""].join(newline),
  );
  return sse(lines.join(""), chunk);
}

/** Text as a stream of events, in chunks of so many bytes. */
export function sse(written: string, chunk?: number): Response {
  const bytes = new TextEncoder().encode(written);
  const size = chunk ?? Math.max(1, bytes.length);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** The events by which an answer is streamed. */
export function eventsOf(answer: Answer): readonly SseEvent[] {
  const message = messageOf(answer);
  const { content: _, stop_reason, stop_details, usage, ...rest } = message;
  const begun = {
    ...rest,
    content: [],
    stop_reason: null,
    usage: isObject(usage) ? { ...usage, output_tokens: 1 } : usage,
  };
  const told = isObject(usage) ? { output_tokens: usage["output_tokens"] } : usage;
  return [
    { type: "message_start", message: begun },
    { type: "ping" },
    ...answer.content.flatMap((block, index) => blockEvents(block, index)),
    { type: "message_delta", delta: { stop_reason, stop_details, stop_sequence: null }, usage: told },
    { type: "message_stop" },
  ].map((event) => ({ event: event.type, data: JSON.stringify(event) }));
}

function blockEvents(block: AnswerBlock, index: number) {
  const { type } = block;
  const start = (shown: object) => ({ type: "content_block_start", index, content_block: shown });
  const delta = (changed: object) => ({ type: "content_block_delta", index, delta: changed });
  const stop = { type: "content_block_stop", index };
  if (type === "text") {
    const deltas = halves(String(block["text"])).map((part) => delta({ type: "text_delta", text: part }));
    return [start({ type, text: "" }), ...deltas, stop];
  }
  if (type === "tool_use") {
    const { input, ...rest } = block;
    const json = typeof input === "string" ? input : JSON.stringify(input);
    const deltas = ["", ...halves(json)].map((part) => delta({ type: "input_json_delta", partial_json: part }));
    return [start({ ...rest, input: {} }), ...deltas, stop];
  }
  if (type === "thinking") {
    const deltas = halves(String(block["thinking"])).map((part) => delta({ type: "thinking_delta", thinking: part }));
    const signature = delta({ type: "signature_delta", signature: block["signature"] });
    return [start({ type, thinking: "", signature: "" }), ...deltas, signature, stop];
  }
  return [start(block), stop];
}

function halves(whole: string): readonly string[] {
  const middle = Math.floor(whole.length / 2);
  return [whole.slice(0, middle), whole.slice(middle)];
}

/** A conversation only grows: whatever was sent once is read from the cache the next time. */
function prefixProblems(earlier: Received | undefined, body: unknown): readonly string[] {
  if (!earlier || !isObject(body) || !Array.isArray(body["messages"])) return [];
  if (bare(earlier.body["messages"]).length > body["messages"].length) return [];
  const changed = (["system", "tools"] as const).filter((name) => !Bun.deepEquals(earlier.body[name], body[name]));
  const kept = bare(body["messages"]).slice(0, earlier.messages.length);
  const known = bare(earlier.body["messages"]);
  // What the model left empty is answered in the message before it, which grows by that.
  const isSame = known.slice(0, -1).every((message, index) => message === kept[index]);
  return [...changed.map((name) => `${name} changed`), ...(isSame ? [] : ["An earlier message changed"])];
}

function bare(messages: unknown): readonly string[] {
  return Array.isArray(messages)
    ? messages.map((one) => JSON.stringify(one).replaceAll(/,"cache_control":\{[^}]*\}/g, ""))
    : [];
}
