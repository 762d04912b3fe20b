/** One request on its way, and the ways in which it may get no answer. */

import type { WorkloadRequest } from "../core/subject/workload.ts";
import type { Target } from "./target.ts";

/** A request that was handed to the client. Times are milliseconds by the monotonic clock. */
export interface Order {
  readonly target: Target;
  readonly key: number;
  readonly bytes: Buffer;
  /** When it should have started, which is what latency and time-out count from. */
  readonly dueMs: number;
  /** Read before it was written; 0 before that. */
  sentMs: number;
  /** Read after the answer had arrived; 0 before that. */
  receivedMs: number;
}

/**
 * Why there is no answer: the target took no connection, took too long, closed the connection first, sent no HTTP, or
 * too many requests were waiting for a connection already.
 */
export type Failure = "unreachable" | "timed-out" | "closed" | "malformed" | "overflow";

/** The bytes of a request. */
export function encodeRequest({ method, path, body }: WorkloadRequest, { authority }: Target): Buffer {
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n`;
  if (body === undefined) return Buffer.from(`${head}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(`${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`);
}
