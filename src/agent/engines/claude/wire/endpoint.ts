/** The endpoint: one request, one attempt. Everything that goes wrong is a {@linkcode ModelError}. */

import type Anthropic from "@anthropic-ai/sdk";
import type { MessageCreateParams } from "@anthropic-ai/sdk/resources/messages";
import { excerptOf } from "../../../../core/text/excerpt.ts";
import { isObject } from "../../../../core/text/parse.ts";
import { proxyFor } from "../../../../io/http/proxy.ts";
import { ModelError } from "../model-error.ts";
import { type ClaudeSettings, DEFAULT_BASE_URL, DEFAULT_MODEL } from "../settings.ts";
import { openAssembly, turnOfMessage } from "./assembly.ts";
import { failureOf } from "./failure.ts";
import type { Block, Turn } from "./turn.ts";

/** A tool as it is offered. */
export interface ToolForm {
  readonly name: string;
  readonly description: string;
  /** JSON schema. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** What one side said. */
export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

/** All that a model is asked with. */
export interface ModelRequest {
  readonly system: string;
  readonly tools: readonly ToolForm[];
  readonly messages: readonly Message[];
  /** Tokens of the answer at most. */
  readonly maxTokens: number;
}

/** Answers a request, once. */
export interface Model {
  /**
   * @throws {ModelError} If there is no usable answer.
   * @throws {unknown} The signal's reason, if it aborts first.
   */
  answer(request: ModelRequest, signal: AbortSignal): Promise<Turn>;
}

/** Milliseconds without any byte after which an attempt is given up; a whole answer comes at once, when it is done. */
const IDLE_MS = { streaming: 90_000, whole: 600_000 } as const;

/**
 * A model behind an endpoint of the Messages API. The library is loaded here and nowhere else, so that nothing waits
 * for it that does not need it.
 */
export async function openEndpoint(settings: ClaudeSettings & { readonly idleMs?: number }): Promise<Model> {
  const { baseUrl = DEFAULT_BASE_URL, streams = true } = settings;
  const apiKey = usableKey(settings.apiKey);
  const { idleMs = streams ? IDLE_MS.streaming : IDLE_MS.whole } = settings;
  const { default: Library } = await import("@anthropic-ai/sdk");
  // What the environment says to the library itself must not decide who is asked, with which key, or what is logged.
  const baseURL = rootOf(baseUrl);
  const client = new Library({ apiKey, authToken: null, baseURL, maxRetries: 0, logLevel: "off", fetch: fetchBounded });
  return {
    async answer(request, signal) {
      const body = { ...bodyOf(request, settings), stream: streams };
      const length = JSON.stringify(body).length;
      const idle = watchIdle(idleMs);
      const within = AbortSignal.any([signal, idle.signal]);
      let hasBegun = false;
      try {
        const response = await client.messages.create(body, { signal: within, timeout: 2 * idleMs }).asResponse();
        hasBegun = true;
        idle.touch();
        const answer = { headers: response.headers, body: watched(response, { touch: idle.touch, within }) };
        return await readAnswer(answer, { client, length });
      } catch (error) {
        signal.throwIfAborted();
        if (idle.signal.aborted) throw new ModelError(`Nothing came for ${idleMs / 1000} s`, { retry: true });
        throw failureOf(error, { ...settings, hasBegun });
      } finally {
        idle.end();
      }
    },
  };
}

/** The key as it can be sent: without the space around it, which a copied line brings along. */
function usableKey(given = ""): string {
  const key = given.trim();
  if (key === "") throw new ModelError("There is no key for the model");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[^\x20-\x7e]/.test(key)) {
    throw new ModelError(
      "The key for the model cannot be sent: it has characters that no key has, such as a line break",
    );
  }
  return key;
}

/** The address below which `/v1/messages` is added, also where it was written with that. */
function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, "").replace(/\/v1(?:\/messages)?$/, "");
}

/** Bytes of one answer that are read, of whatever kind it is. */
const MOST_BYTES = 16_000_000;

/** Neither follows an endpoint to another address, nor reads without bound. */
async function fetchBounded(...[address, init]: Parameters<typeof fetch>): Promise<Response> {
  const proxy = proxyFor(address instanceof Request ? address.url : address.toString());
  const response = await fetch(address, { ...init, redirect: "manual", ...(proxy !== undefined && { proxy }) });
  let left = MOST_BYTES;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) controller.error(new ModelError("The answer is too large"));
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(bounded) ?? null, response);
}

interface Reading {
  /** Without it the library would write what it cannot read to the terminal. */
  readonly client: Anthropic;
  /** Characters of the request. */
  readonly length: number;
}

/** By what it is, whatever was asked for: some endpoints do not stream. */
async function readAnswer(
  { headers, body }: { readonly headers: Headers; readonly body: ReadableStream<Uint8Array> },
  { client, length }: Reading,
): Promise<Turn> {
  const type = headers.get("content-type")?.toLowerCase() ?? "nothing that it names";
  if (type.includes("text/event-stream")) {
    const { Stream } = await import("@anthropic-ai/sdk/streaming");
    const assembly = openAssembly(length);
    const events = Stream.fromSSEResponse<unknown>(new Response(body, { headers }), new AbortController(), client);
    for await (const event of events) assembly.add(event);
    return assembly.turn();
  }
  const text = await new Response(body).text();
  if (!type.includes("json")) {
    throw new ModelError(`The endpoint answers ${type}, expected the Messages API: check the base URL`);
  }
  const turn = turnOfMessage(JSON.parse(text), length);
  if (turn) return turn;
  const said = `; it says: ${excerptOf(text)}`;
  throw new ModelError(`The endpoint answers JSON that is no message, expected the Messages API${said}`);
}

interface Watching {
  /** Every byte is a sign of life: a model that thinks for long sends only pings. */
  readonly touch: () => void;
  readonly within: AbortSignal;
}

/** The body of an answer, which ends with an error when the signal aborts. */
function watched({ body }: Response, { touch, within }: Watching): ReadableStream<Uint8Array> {
  const seen = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      touch();
      controller.enqueue(chunk);
    },
  });
  return (body ?? new Blob().stream()).pipeThrough(seen, { signal: within });
}

function watchIdle(ms: number) {
  const silent = new AbortController();
  const start = () => setTimeout(() => silent.abort(), ms);
  let timer = start();
  return {
    signal: silent.signal,
    touch: (): void => {
      clearTimeout(timer);
      timer = start();
    },
    end: (): void => clearTimeout(timer),
  };
}

/**
 * The request as it is sent: tools and system, then the first message, then the newest are where the cache is marked, so
 * that each turn reads from it all that the turn before has written.
 */
function bodyOf(
  { system, tools, messages, maxTokens }: ModelRequest,
  { model = DEFAULT_MODEL, effort }: ClaudeSettings,
): MessageCreateParams {
  const body = {
    model,
    max_tokens: maxTokens,
    system: [marked({ type: "text", text: system })],
    tools: tools.map(({ name, description, input }) => ({ name, description, input_schema: input })),
    messages: messages.map(({ role, content }, index) => ({
      role,
      content: index === 0 || index === messages.length - 1 ? content.map(markedAtEnd) : content,
    })),
    ...(effort && { output_config: { effort } }),
  };
  return asParams(body);
}

function markedAtEnd(block: Block, index: number, all: readonly Block[]): Block {
  return index === all.length - 1 ? marked(block) : block;
}

function marked(block: Block): Block {
  return { ...block, cache_control: { type: "ephemeral" } };
}

/** The library's types name each kind of block; ours are what came over the wire, sent back as it was. */
function asParams(body: object): MessageCreateParams {
  if (!isParams(body)) throw new ModelError("Cannot send a request without a model and messages");
  return body;
}

function isParams(body: object): body is MessageCreateParams {
  return isObject(body) && "model" in body && "messages" in body && "max_tokens" in body;
}
