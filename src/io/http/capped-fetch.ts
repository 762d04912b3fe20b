/** One HTTP exchange with a deadline, a byte cap and a transcript. */

import { messageOf, ProbeError, type ProbeErrorOptions } from "../../core/text/errors.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { ProbeTranscript } from "../../core/text/probe-transcript.ts";
import { formatDurationMs } from "../../core/text/units.ts";

/** The time and size limits of an answer, and the name of the request in errors. */
export interface Cap {
  /** For instance `GET "http://127.0.0.1:7002/health"`; used only by errors. */
  readonly name: () => string;
  /** The caller's signal. */
  readonly signal: AbortSignal;
  /** Milliseconds until the last byte of the body. */
  readonly timeoutMs: number;
  /** Deadline in milliseconds of `performance.now()`; several attempts share one. */
  readonly deadlineAtMs: number;
  /** Bytes of the body. */
  readonly maxBytes: number;
}

/** Bytes of the body that a transcript keeps. */
const TRANSCRIPT_BYTES = 512;

/** A running request. Disposing it aborts what has not arrived yet. */
export class Exchange implements Disposable {
  readonly #cap: Cap;
  readonly #controller = new AbortController();
  readonly #timer: Timer;
  readonly #sentAtMs = Date.now();
  readonly #begunMs = performance.now();
  readonly #beginning: Uint8Array[] = [];
  #headMs: number | undefined;
  #firstByteMs: number | undefined;
  #status: number | undefined;
  #bodyBytes = 0;
  #isComplete = false;

  constructor(cap: Cap) {
    this.#cap = cap;
    this.#timer = setTimeout(this.#abort, Math.max(0, cap.deadlineAtMs - this.#begunMs));
    // Not AbortSignal.any(): the caller's signal may outlive a million requests.
    cap.signal.addEventListener("abort", this.#abort);
    if (cap.signal.aborted) this.#abort();
  }

  /**
   * Sends the request and waits for status and headers.
   * @throws {ProbeError} If none arrive, or the body is encoded.
   */
  async send(href: string, { method = "GET", headers, body }: RequestInit): Promise<Response> {
    try {
      const response = await fetch(href, {
        method,
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
        // A probe judges its own address, and sends its token to no other, so redirects are not followed.
        redirect: "manual",
        // A request that changes something is never sent over a kept-alive connection that may be closing.
        keepalive: method === "GET" || method === "HEAD",
        // An unrequested encoding is refused: a broken or hostile body would be decoded without bounds.
        decompress: false,
        signal: this.#controller.signal,
      });
      this.#headMs = this.#elapsedMs();
      this.#status = response.status;
      this.#refusePacked(response);
      return response;
    } catch (error) {
      throw error instanceof ProbeError ? error : this.#failure(error);
    }
  }

  /**
   * The body as it arrives.
   * @throws {ProbeError} If it is too large, or does not arrive completely in time.
   */
  async *chunks({ body }: Response): AsyncGenerator<Uint8Array> {
    const { maxBytes } = this.#cap;
    try {
      for await (const chunk of body ?? []) {
        this.#note(chunk);
        if (this.#bodyBytes > maxBytes) break;
        yield chunk;
      }
    } catch (error) {
      throw this.#failure(error);
    }
    if (this.#bodyBytes > maxBytes) {
      throw this.refusal(`body is too large, expected at most ${maxBytes} bytes`, { outcome: "foreign-answer" });
    }
    this.#isComplete = true;
  }

  /** A failure of this exchange, with its transcript. */
  refusal(state: string, options: ProbeErrorOptions = {}): ProbeError {
    return new ProbeError(`Cannot ${this.#cap.name()}: ${state}`, { transcript: this.transcript(), ...options });
  }

  /** What was seen so far. */
  transcript(): ProbeTranscript {
    return {
      sentAtMs: this.#sentAtMs,
      ...(this.#headMs !== undefined && { headMs: this.#headMs }),
      ...(this.#firstByteMs !== undefined && { firstByteMs: this.#firstByteMs }),
      endedMs: this.#elapsedMs(),
      ...(this.#status !== undefined && { status: this.#status }),
      bodyBytes: this.#bodyBytes,
      firstBytes: Buffer.concat(this.#beginning).subarray(0, TRANSCRIPT_BYTES),
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#cap.signal.removeEventListener("abort", this.#abort);
    if (!this.#isComplete) this.#abort();
  }

  readonly #abort = (): void => this.#controller.abort();

  #elapsedMs(): number {
    return performance.now() - this.#begunMs;
  }

  #note(chunk: Uint8Array): void {
    this.#firstByteMs ??= this.#elapsedMs();
    if (this.#bodyBytes < TRANSCRIPT_BYTES) this.#beginning.push(chunk);
    this.#bodyBytes += chunk.length;
  }

  #refusePacked({ headers }: Response): void {
    const encoding = headers.get("content-encoding") ?? "identity";
    if (encoding === "identity") return;
    const state = `the answer is encoded as "${excerptOf(encoding)}", expected no content encoding`;
    throw this.refusal(state, { outcome: "foreign-answer" });
  }

  #failure(cause: unknown): ProbeError {
    const { aborted, reason } = this.#cap.signal;
    // A server that has sent a head but not the rest is reachable.
    const late = { outcome: this.#headMs === undefined ? "timed-out" : "incomplete-answer" } as const;
    if (aborted && isDeadline(reason)) {
      return this.refusal(`no complete answer within ${formatDurationMs(Math.round(this.#elapsedMs()))}`, late);
    }
    if (aborted) return this.refusal("stopped before the answer was complete", { cause: reason, ...late });
    const word = codeOf(cause);
    if (!this.#controller.signal.aborted) return this.#broken(cause, word);
    return this.refusal(`no complete answer within ${formatDurationMs(this.#cap.timeoutMs)}`, late);
  }

  /** Why there is no connection, or not to the end, by the word of the system or of the library. */
  #broken(cause: unknown, word = ""): ProbeError {
    if (word === "ECONNREFUSED") return this.refusal("connection refused", { outcome: "refused", word });
    // SSH, TLS, a database: whatever it is, it does not speak HTTP.
    if (word.startsWith("Malformed")) return this.refusal("the answer is not HTTP", { outcome: "foreign-answer" });
    const known = BROKEN.find(([codes]) => codes.test(word));
    const said = known ? `${known[1]} (${word})` : reasonOf(cause);
    const outcome = UNREACHABLE.has(word) ? "unreachable" : "incomplete-answer";
    return this.refusal(`no complete answer: ${said}`, { outcome, ...(word !== "" && { word }) });
  }
}

/** What a person reads in place of the words of the library. */
const BROKEN: readonly (readonly [codes: RegExp, words: string])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, "the host name is not found"],
  [/^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "there is no route to the host"],
  [/^(?:ECONNRESET|EPIPE|ConnectionClosed)$/, "the connection was closed"],
  [/^(?:EPROTO|ERR_SSL\w*)$/, "the TLS handshake failed: does it speak TLS on this port?"],
  [/CERT|ISSUER|SIGNATURE|ERR_TLS/, "the certificate is not accepted"],
];

/** Whether a caller stopped because its own time was up, as `AbortSignal.timeout()` does. */
function isDeadline(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

/** Codes of an unknown or unreachable host. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

/** The error code of the operating system. */
function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

/** Without the advice to programmers and the address, which may hold a secret. */
function reasonOf(cause: unknown): string {
  return messageOf(cause).replace(/( fetching "[^"]*")?\. For more information.*$/s, "");
}
