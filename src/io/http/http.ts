/** The one HTTP client of all probes: one request, one deadline, a bounded body, and errors that name the request and the answer. */

import { createFetch, FetchError, type FetchResponse } from "ofetch";
import * as v from "valibot";
import { ProbeError } from "../../core/text/errors.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { ProbeTranscript } from "../../core/text/probe-transcript.ts";
import type { ProbeFailure } from "../../core/words/probe-outcome.ts";
import { type Address, readAddress } from "../address.ts";
import { type LargeIntegers, parseJson } from "../json.ts";
import { type Cap, Exchange } from "./capped-fetch.ts";

/** A request, with the time and size limits of its answer. */
export interface HttpRequest {
  readonly signal: AbortSignal;
  /** @default {"GET"} */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** Media types that are understood. */
  readonly accept?: string;
  /** Accepted statuses besides 2xx. */
  readonly statuses?: readonly number[];
  /** Milliseconds until the last byte of the body, all attempts included. @default {5000} */
  readonly timeoutMs?: number;
  /** Bytes of the body. @default {10_000_000} */
  readonly maxBytes?: number;
  /** Retries of a GET or HEAD without a usable answer; other methods are sent once. @default {0} */
  readonly retries?: number;
}

/** A request for JSON. */
export interface JsonRequest extends HttpRequest {
  /** What integers beyond 2^53 arrive as. @default {"text"} */
  readonly largeIntegers?: LargeIntegers;
}

/** An answer whose body is still arriving. */
export interface HttpStream {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** An answer as text. */
export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly text: string;
  readonly transcript: ProbeTranscript;
}

const EXCERPT_LENGTH = 200;

/**
 * Reads JSON in the form of the schema. Integers that a number cannot hold exactly arrive as text, or as asked for.
 * @throws {ProbeError} If there is no answer, it is not JSON, or has another form.
 */
export async function requestJson<Schema extends v.GenericSchema>(
  url: string,
  schema: Schema,
  request: JsonRequest,
): Promise<v.InferOutput<Schema>> {
  return (await requestJsonReply(url, schema, request)).value;
}

/**
 * Reads JSON in the form of the schema, with the answer that it came in.
 * @throws {ProbeError} If there is no answer, it is not JSON, or has another form.
 */
export async function requestJsonReply<Schema extends v.GenericSchema>(
  url: string,
  schema: Schema,
  request: JsonRequest,
): Promise<{ readonly value: v.InferOutput<Schema>; readonly reply: HttpReply }> {
  const reply = await requestText(url, { accept: "application/json", ...request });
  const { text, transcript } = reply;
  const name = `JSON of ${nameOf(readAddress(url), request)}`;
  const result = v.safeParse(schema, strictJson(name, reply, request));
  if (result.success) return { value: result.output, reply };
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? ".";
  const message = `Cannot read ${name} at "${where}": ${issue.message}${beginningOf(text)}`;
  throw new ProbeError(message, { outcome: "foreign-answer", transcript });
}

/**
 * Reads the whole answer as text.
 * @throws {ProbeError} If no answer comes back, or another status than 2xx and the wanted ones.
 */
export async function requestText(url: string, request: HttpRequest): Promise<HttpReply> {
  const inquiry = inquiryOf(url, request);
  let transcript: ProbeTranscript | undefined;
  const response = await sendTo(inquiry, "text", async (href, init) => {
    using exchange = new Exchange(inquiry.cap);
    const response = await exchange.send(href, init);
    await refuseUnwanted(inquiry, exchange, response);
    const body = await wholeOf(exchange.chunks(response));
    transcript = exchange.transcript();
    return new Response(body.length > 0 ? body : null, response);
  });
  if (!transcript) throw new RangeError("Cannot have an answer without an exchange");
  const text = typeof response._data === "string" ? response._data : "";
  const { status, headers } = response;
  return { status, contentType: contentTypeOf(response), headers, text, transcript };
}

/**
 * Streams the answer to `consume`; what is left when it returns is aborted.
 * @throws {ProbeError} If no answer comes back, or another status than 2xx and the wanted ones.
 */
export async function requestStream<T>(
  url: string,
  request: HttpRequest,
  consume: (stream: HttpStream) => Promise<T>,
): Promise<T> {
  const inquiry = inquiryOf(url, request);
  using stack = new DisposableStack();
  let exchange: Exchange | undefined;
  const response = await sendTo(inquiry, "stream", async (href, init) => {
    const attempt = stack.use(new Exchange(inquiry.cap));
    const response = await attempt.send(href, init);
    await refuseUnwanted(inquiry, attempt, response);
    exchange = attempt;
    return response;
  });
  if (!exchange) throw new RangeError("Cannot have an answer without an exchange");
  const { status } = response;
  return await consume({ status, contentType: contentTypeOf(response), chunks: exchange.chunks(response) });
}

/** A request prepared for sending. */
interface Inquiry {
  readonly address: Address;
  readonly request: HttpRequest;
  readonly cap: Cap;
}

function inquiryOf(url: string, request: HttpRequest): Inquiry {
  const { signal, timeoutMs = 5000, maxBytes = 10_000_000 } = request;
  const address = readAddress(url);
  const deadlineAtMs = performance.now() + timeoutMs;
  return {
    address,
    request,
    cap: { name: () => nameOf(address, request), signal, timeoutMs, deadlineAtMs, maxBytes },
  };
}

type Send = (href: string, init: RequestInit) => Promise<Response>;

/** ofetch handles headers, the body and retries; time, size and errors are handled here. */
async function sendTo(
  { address: { href, authorization }, request, cap }: Inquiry,
  responseType: "text" | "stream",
  send: Send,
): Promise<FetchResponse<string | ReadableStream>> {
  const { method = "GET", token, accept, retries = 0 } = request;
  // As text already: a text that is given as the body is JSON, too.
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const fetch = Object.assign((_href: unknown, init: RequestInit = {}) => send(href, init), {
    preconnect: () => undefined,
  });
  try {
    return await createFetch({ fetch }).raw(href, {
      method,
      responseType,
      headers: {
        ...(accept && { accept }),
        "accept-encoding": "identity",
        ...(authorization && { authorization }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body }),
      // Unwanted statuses were refused before; ofetch knows only 4xx and 5xx.
      ignoreResponseError: true,
      retry: method === "GET" || method === "HEAD" ? retries : 0,
    });
  } catch (error) {
    if (error instanceof FetchError && error.cause instanceof Error) throw error.cause;
    // Its message may quote a header.
    throw new ProbeError(`Cannot ${cap.name()}: the address or the token cannot be sent, expected valid characters`);
  }
}

async function refuseUnwanted({ address, request }: Inquiry, exchange: Exchange, response: Response): Promise<void> {
  const { ok, status, headers } = response;
  if (ok || request.statuses?.includes(status)) return;
  const location = headers.get("location");
  const pointing = location ? ` pointing to "${URL.parse(location, address.href)?.origin ?? "nowhere"}"` : "";
  const beginning = beginningOf(await beginningText(exchange.chunks(response)));
  const outcome = outcomeOf(status);
  throw exchange.refusal(`status ${status}${pointing}, expected 2xx${beginning}`, { outcome, word: `${status}` });
}

/** The outcome of an error status: access denied, server error, or a server without such a path. */
function outcomeOf(status: number): ProbeFailure {
  if (status === 401 || status === 403 || status === 407) return "refused-access";
  return status >= 500 ? "server-error" : "foreign-answer";
}

async function wholeOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function beginningText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= EXCERPT_LENGTH) break;
  }
  return text + decoder.decode();
}

function strictJson(name: string, reply: HttpReply, { largeIntegers }: JsonRequest): unknown {
  const { status, text, contentType, transcript } = reply;
  try {
    return parseJson(text, largeIntegers);
  } catch (cause) {
    const state = `status ${status} with ${text.length} characters of "${contentType}"`;
    const message = `Cannot read ${name}: ${state}, expected JSON${beginningOf(text)}`;
    throw new ProbeError(message, { cause, outcome: "foreign-answer", transcript });
  }
}

function contentTypeOf({ headers }: Response): string {
  return headers.get("content-type") ?? "";
}

/** Characters of a query that are named: behind a long one nobody reads on to the reason. */
const QUERY_LENGTH = 60;

function nameOf({ printable }: Address, { method = "GET" }: HttpRequest): string {
  const at = printable.indexOf("?");
  const isLong = at >= 0 && printable.length - at > QUERY_LENGTH;
  return `${method} "${isLong ? `${printable.slice(0, at + QUERY_LENGTH)}…` : printable}"`;
}

/** The error message in a JSON answer, else the beginning of the answer. */
function beginningOf(text: string): string {
  const said = errorIn(text);
  if (said !== undefined) return `; the answer says: ${excerptOf(said, EXCERPT_LENGTH)}`;
  const shown = excerptOf(text, EXCERPT_LENGTH);
  return shown ? `; the answer begins with: ${shown}` : "; the answer is empty";
}

/** The message of an answer such as `{"error":{"message":"…"}}`, `{"error":"…"}` or `{"message":"…"}`. */
function errorIn(text: string): string | undefined {
  const said = v.safeParse(ErrorBody, text);
  if (!said.success) return undefined;
  const { error, message } = said.output;
  return (typeof error === "string" ? error : error?.message) ?? message;
}

const ErrorBody = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    error: v.optional(v.union([v.string(), v.object({ message: v.string() })])),
    message: v.optional(v.string()),
  }),
);
