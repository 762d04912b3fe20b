/** One HTTP exchange under a deadline and a byte cap, which remembers what it saw. */

import { messageOf, ProbeError, type ProbeErrorOptions } from "../../core/text/errors.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { ProbeTranscript } from "../../core/text/probe-transcript.ts";
import { formatDurationMs } from "../../core/text/units.ts";

/** How long and how large an answer may be, and what failures call the request. */
export interface Cap {
  /** For instance `GET "http://127.0.0.1:7002/health"`; asked for only by failures. */
  readonly name: () => string;
  /** The caller's own. */
  readonly signal: AbortSignal;
  /** Milliseconds until the last byte of the body. */
  readonly timeoutMs: number;
  /** Milliseconds by `performance.now()` at which the time is over; several attempts share one. */
  readonly deadlineAtMs: number;
  /** Bytes of the body. */
  readonly maxBytes: number;
}

/** Bytes of the body that a transcript keeps. */
const TRANSCRIPT_BYTES = 512;

/** A request under way. Disposing of it gives up what has not arrived yet. */
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
   * @throws {ProbeError} If none come, or the body is packed.
   */
  async send(href: string, { method = "GET", headers, body }: RequestInit): Promise<Response> {
    try {
      const response = await fetch(href, {
        method,
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
        // A probe judges the address it was told, and hands its token to no other.
        redirect: "manual",
        // What changes something is never sent over a kept connection that may be closing.
        keepalive: method === "GET" || method === "HEAD",
        // Anyone who packs unasked is refused: a broken or hostile package would be unpacked without bounds or a word to us.
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
   * @throws {ProbeError} If it is too large, or does not arrive whole in time.
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
    // What has sent a head and not the rest is there.
    const late = { outcome: this.#headMs === undefined ? "timed-out" : "incomplete-answer" } as const;
    if (aborted) return this.refusal("stopped before the answer was complete", { cause: reason, ...late });
    const word = codeOf(cause);
    if (word === "ECONNREFUSED") return this.refusal("connection refused", { outcome: "refused", word });
    if (!this.#controller.signal.aborted) {
      const outcome = UNREACHABLE.has(word ?? "") ? "unreachable" : "incomplete-answer";
      return this.refusal(`no complete answer: ${reasonOf(cause)}`, { outcome, word });
    }
    return this.refusal(`no complete answer within ${formatDurationMs(this.#cap.timeoutMs)}`, late);
  }
}

/** The host is not known, or there is no way to it. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

/** The operating system's word for it. */
function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

/** Without the advice to programmers and the address, which may hold a secret. */
function reasonOf(cause: unknown): string {
  return messageOf(cause).replace(/( fetching "[^"]*")?\. For more information.*$/s, "");
}
