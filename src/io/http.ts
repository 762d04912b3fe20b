/** The one HTTP client of all probes: one request, one deadline, a bounded body, and failures that say who was asked and what came back. */

import * as v from "valibot";
import { messageOf, ProbeError } from "../core/errors.ts";
import { excerptOf } from "../core/excerpt.ts";
import { formatDurationMs } from "../core/units.ts";
import { type Address, readAddress } from "./address.ts";

/** What is asked, and how long and how large the answer may be. */
export interface HttpRequest {
  readonly signal: AbortSignal;
  /** @default {"GET"} */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** Media types that are understood. */
  readonly accept?: string;
  /** Statuses besides 2xx that are answers, too. */
  readonly statuses?: readonly number[];
  /** Milliseconds until the last byte of the body. @default {5000} */
  readonly timeoutMs?: number;
  /** Bytes of the body. @default {10_000_000} */
  readonly maxBytes?: number;
}

/** An answer whose body is still under way. */
export interface HttpStream {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** An answer as text. */
export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** One request under way. */
interface Exchange {
  /** How messages call it, for instance `GET "http://127.0.0.1:7002/health"`. */
  readonly name: string;
  readonly request: HttpRequest;
  /** Ends it, by the deadline or by the caller. */
  readonly signal: AbortSignal;
}

const EXCERPT_LENGTH = 200;
const LARGE_INTEGER = /(?:^|[[:,\s])-?\d{16,}(?:$|[\s,}\]])/;

/**
 * Reads JSON in the form of the schema. Integers that a number cannot hold exactly arrive as text.
 * @throws {ProbeError} If no answer, no JSON or JSON of another form comes back.
 */
export async function requestJson<Schema extends v.GenericSchema>(
  url: string,
  schema: Schema,
  request: HttpRequest,
): Promise<v.InferOutput<Schema>> {
  const reply = await requestText(url, { accept: "application/json", ...request });
  const name = `JSON of ${nameOf(readAddress(url), request)}`;
  const result = v.safeParse(schema, parseJson(name, reply));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ProbeError(
    `Cannot read ${name} at "${v.getDotPath(issue) ?? "."}": ${issue.message}${beginningOf(reply.text)}`,
  );
}

/**
 * Reads the whole answer as text.
 * @throws {ProbeError} If no answer comes back, or another status than 2xx and the wanted ones.
 */
export function requestText(url: string, request: HttpRequest): Promise<HttpReply> {
  return requestStream(url, request, async ({ status, contentType, chunks }) => {
    return { status, contentType, text: await readText(chunks) };
  });
}

/**
 * Hands over the answer as it arrives; what is left of it when `consume` returns is given up.
 * @throws {ProbeError} If no answer comes back, or another status than 2xx and the wanted ones.
 */
export async function requestStream<T>(
  url: string,
  request: HttpRequest,
  consume: (stream: HttpStream) => Promise<T>,
): Promise<T> {
  const address = readAddress(url);
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, request.timeoutMs ?? 5000);
  // Not AbortSignal.any(): the caller's signal may outlive a million requests.
  request.signal.addEventListener("abort", abort);
  if (request.signal.aborted) abort();
  try {
    const exchange = { name: nameOf(address, request), request, signal: controller.signal };
    return await consume(await open(address, exchange));
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", abort);
    abort();
  }
}

async function open(address: Address, exchange: Exchange): Promise<HttpStream> {
  const response = await send(address, exchange);
  const { status, headers } = response;
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new ProbeError(
      `Cannot ${exchange.name}: the answer is packed as "${excerptOf(encoding)}", expected it plain`,
    );
  }
  const stream = {
    status,
    contentType: headers.get("content-type") ?? "",
    chunks: readBody(response, exchange),
  };
  if (response.ok || exchange.request.statuses?.includes(status)) return stream;
  const location = headers.get("location");
  const pointing = location ? ` pointing to "${URL.parse(location, address.href)?.origin ?? "nowhere"}"` : "";
  const beginning = beginningOf(await readText(stream.chunks, EXCERPT_LENGTH));
  throw new ProbeError(`Cannot ${exchange.name}: status ${status}${pointing}, expected 2xx${beginning}`);
}

async function send({ href, authorization }: Address, exchange: Exchange): Promise<Response> {
  const { method = "GET", token, accept, body } = exchange.request;
  try {
    return await fetch(href, {
      method,
      headers: {
        ...(accept && { accept }),
        "accept-encoding": "identity",
        ...(authorization && { authorization }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A probe judges the address it was told, and hands its token to no other.
      redirect: "manual",
      // What changes something is never sent over a kept connection that may be closing.
      keepalive: method === "GET",
      // Whoever packs unasked is refused: a broken or hostile package would be unpacked without bounds or a word to us.
      decompress: false,
      signal: exchange.signal,
    });
  } catch (error) {
    throw failure(exchange, error);
  }
}

async function* readBody(response: Response, exchange: Exchange): AsyncGenerator<Uint8Array> {
  const maxBytes = exchange.request.maxBytes ?? 10_000_000;
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) break;
      yield chunk;
    }
  } catch (error) {
    throw failure(exchange, error);
  }
  if (bytes > maxBytes) {
    throw new ProbeError(`Cannot ${exchange.name}: body is too large, expected at most ${maxBytes} bytes`);
  }
}

function failure({ name, request, signal }: Exchange, cause: unknown): ProbeError {
  const { aborted, reason } = request.signal;
  const late = { outcome: "timed-out" } as const;
  if (aborted) {
    return new ProbeError(`Cannot ${name}: stopped before the answer was complete`, { cause: reason, ...late });
  }
  if (isRefusal(cause)) return new ProbeError(`Cannot ${name}: connection refused`, { outcome: "refused" });
  if (!signal.aborted) return new ProbeError(`Cannot ${name}: no complete answer: ${reasonOf(cause)}`);
  const within = formatDurationMs(request.timeoutMs ?? 5000);
  return new ProbeError(`Cannot ${name}: no complete answer within ${within}`, late);
}

/** Without the advice to programmers and the address, which may hold a secret. */
function reasonOf(cause: unknown): string {
  return messageOf(cause).replace(/( fetching "[^"]*")?\. For more information.*$/s, "");
}

/** Nothing listens there. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

function nameOf({ printable }: Address, { method = "GET" }: HttpRequest): string {
  return `${method} "${printable}"`;
}

async function readText(chunks: AsyncIterable<Uint8Array>, enough = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= enough) break;
  }
  return text + decoder.decode();
}

function parseJson(name: string, { status, text, contentType }: HttpReply): unknown {
  try {
    return JSON.parse(text, LARGE_INTEGER.test(text) ? keepLargeInteger : undefined);
  } catch (cause) {
    const state = `status ${status} with ${text.length} characters of "${contentType}"`;
    throw new ProbeError(`Cannot read ${name}: ${state}, expected JSON${beginningOf(text)}`, { cause });
  }
}

function keepLargeInteger(_key: string, value: unknown, { source = "" }: { source?: string } = {}): unknown {
  return /^-?\d{16,}$/.test(source) && !Number.isSafeInteger(value) ? source : value;
}

function beginningOf(text: string): string {
  const shown = excerptOf(text, EXCERPT_LENGTH);
  return shown ? `; the answer begins with: ${shown}` : "; the answer is empty";
}
