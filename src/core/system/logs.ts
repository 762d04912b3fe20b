/** Log lines as events, whatever wrote them. */

import type { ComponentId } from "../words/ids.ts";

/** One parsed log line. */
export interface LogEvent {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly component: ComponentId;
  readonly level: "debug" | "info" | "warn" | "error" | "fatal" | "unknown";
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Which lines are wanted. */
export interface LogFilter {
  /** Epoch milliseconds. */
  readonly sinceMs?: number;
  /** Epoch milliseconds. */
  readonly untilMs?: number;
  /** Newest lines at most. @default {1000} */
  readonly limit?: number;
  readonly signal: AbortSignal;
}

/** Where the raw text of a component's log comes from: a file, a container, a pattern of paths. */
export type LogSource = (component: ComponentId, filter: LogFilter) => AsyncIterable<string>;

/** Reads one raw line; `undefined` for a line that belongs to the one before it. */
export type LogParser = (line: string, component: ComponentId) => LogEvent | undefined;
