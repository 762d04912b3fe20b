/** What a failed call means: words for people, and whether it is worth another try. */

import { excerptOf } from "../../../../core/text/excerpt.ts";
import { ModelError } from "../model-error.ts";
import { type ClaudeSettings, DEFAULT_BASE_URL, DEFAULT_MODEL } from "../settings.ts";

/** Statuses other than 5xx at which the same request may succeed later. */
const PASSING = new Set([408, 409, 429]);

/** Attempts where nobody answers: an incident does not wait for a network that may be its own victim. */
const UNREACHABLE = 4;

/** Types of errors within a stream, which has no status. */
const PASSING_TYPES = new Set(["overloaded_error", "api_error", "rate_limit_error", "timeout_error"]);

/** What was asked, and how far it got. */
export interface Asked extends ClaudeSettings {
  /** Whether an answer had begun: what fails then is no connection that could not be made. @default {false} */
  readonly hasBegun?: boolean;
}

/** Any failure of a call as one of ours. No message quotes a key: what an endpoint says is redacted. */
export function failureOf(error: unknown, { hasBegun = false, ...settings }: Asked): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof SyntaxError) {
    return new ModelError("The answer is no JSON or was cut short", { retry: true, cause: undefined });
  }
  if (!(error instanceof Error)) return new ModelError(excerptOf(String(error)));
  const { status, type, headers, apiMessage } = fieldsOf(error);
  const said = excerptOf(apiMessage || error.message);
  if (status !== undefined) {
    const retry = shouldRetry(status, headers);
    const wait = retryAfterMs(headers);
    return new ModelError(wordsOf(status, said, settings), {
      retry,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
  if (type !== undefined) {
    return new ModelError(`The model broke off: ${excerptOf(type)}`, { retry: PASSING_TYPES.has(type) });
  }
  if (hasBegun) return new ModelError(`The answer broke off: ${reasonOf(error)}`, { retry: true });
  const { baseUrl = DEFAULT_BASE_URL } = settings;
  return new ModelError(`Cannot reach ${hostOf(baseUrl)}: ${reasonOf(error)}`, { retry: true, attempts: UNREACHABLE });
}

function wordsOf(status: number, said: string, { model = DEFAULT_MODEL }: ClaudeSettings): string {
  if (status >= 300 && status < 400) {
    return `The endpoint points to another address (${status}), which is not followed: check the base URL`;
  }
  if (status === 401) return `The endpoint refuses the key (401): ${said}`;
  if (status === 402) return `The account has no credit (402): ${said}`;
  if (status === 403) return `The key may not do this (403): ${said}`;
  if (status === 404) return `The endpoint knows no model "${model}" or no such path (404): ${said}`;
  if (status === 413) return `The request is too large for the endpoint (413): ${said}`;
  if (status === 429) return `The endpoint limits the rate (429): ${said}`;
  if (status === 529) return `The endpoint is overloaded (529): ${said}`;
  return `The endpoint answers ${status}: ${said}`;
}

function shouldRetry(status: number, headers: Headers | undefined): boolean {
  const told = headers?.get("x-should-retry");
  if (told === "true" || told === "false") return told === "true";
  return status >= 500 || PASSING.has(status);
}

/** Seconds, milliseconds or a date, as the endpoint puts it. */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const told = headers?.get("retry-after");
  if (told === null || told === undefined) return undefined;
  const seconds = Number(told);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const untilMs = Date.parse(told);
  return Number.isFinite(untilMs) ? Math.max(0, untilMs - Date.now()) : undefined;
}

interface Fields {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Headers;
  readonly apiMessage?: string;
}

/** By its fields, so that the library's classes need not be loaded to tell its errors apart. */
function fieldsOf(error: Error): Fields {
  const { status, type, headers, apiMessage } = Object.fromEntries<unknown>(Object.entries(error));
  return {
    ...(typeof status === "number" && { status }),
    ...(typeof type === "string" && { type }),
    ...(headers instanceof Headers && { headers }),
    ...(typeof apiMessage === "string" && { apiMessage }),
  };
}

/** The system's own word for it, from the innermost cause that has one. */
function reasonOf(error: Error): string {
  const inner = error.cause instanceof Error ? reasonOf(error.cause) : undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return inner ?? code ?? excerptOf(error.message);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the endpoint";
}
