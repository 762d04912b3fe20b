/** The errors of our own; everything else is a built-in class. Messages: `Cannot ⟨verb⟩ ⟨object⟩: ⟨state⟩, expected ⟨wanted⟩`. */

import type { ProbeFailure } from "../words/probe-outcome.ts";
import type { ProbeTranscript } from "./probe-transcript.ts";

/** A flag, a configuration value or a tool call does not have the form it must have. */
export class InvalidInputError extends TypeError {
  override readonly name = "InvalidInputError";
}

/** A probe got no usable answer, which says nothing about the health of what was probed. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
  /** Tells a crash, a hang and an answer that cannot be used from each other. */
  readonly outcome: ProbeFailure;
  /** The system's own word for it, such as `NOAUTH`, `ECONNREFUSED` or `503`. */
  readonly word: string | undefined;
  /** What was seen on the wire, where the client records it. */
  readonly transcript: ProbeTranscript | undefined;
  /** Where it was asked, of what does not stay at one address. */
  readonly address: string | undefined;

  constructor(message: string, options: ProbeErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.outcome = options.outcome ?? "failed";
    this.word = options.word;
    this.transcript = options.transcript;
    this.address = options.address;
  }
}

/** What is known of a failed probe besides its message. */
export interface ProbeErrorOptions {
  readonly cause?: unknown;
  /** @default {"failed"} */
  readonly outcome?: ProbeFailure;
  /** The system's own word for it. */
  readonly word?: string | undefined;
  readonly transcript?: ProbeTranscript;
  /** Where it was asked, of what does not stay at one address. */
  readonly address?: string | undefined;
}

/** The subject or its deployment refused an action, or the action had no effect. */
export class ActionError extends Error {
  override readonly name = "ActionError";
}

/** The command line cannot be understood; `hint` is shown below the message. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

/** One line that says what went wrong, causes included. */
export function messageOf(error: unknown): string {
  // What a client of the network names is an address, and may hold a secret.
  const isOfFile = error instanceof Error && "syscall" in error && "path" in error && !("hostname" in error);
  const path = isOfFile && typeof error.path === "string" && !error.path.includes("://") ? error.path : undefined;
  const said = ownAndCauses(error);
  // As a cause it stands behind a message that names the file.
  return path === undefined || said.includes(path) ? said : `Cannot use "${path}": ${said}`;
}

function ownAndCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = systemWords(error) ?? (error.message || error.name);
  if (error.cause === undefined) return own;
  const because = ownAndCauses(error.cause);
  return own.includes(because) ? own : `${own}: ${because}`;
}

/** What the system says, with its word: of the call that failed a person need not know. */
function systemWords(error: Error): string | undefined {
  const { message } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "EADDRINUSE") return "the address is in use (EADDRINUSE)";
  const prefix = `${code}: `;
  if (!("syscall" in error) || !message.startsWith(prefix)) return undefined;
  const [words = ""] = message.slice(prefix.length).split(", ");
  return `${words} (${code})`;
}
