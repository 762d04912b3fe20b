/** Log lines of nodes and of Redis as events. */

import type { LogEvent } from "../../core/system/logs.ts";
import type { ComponentId } from "../../core/words/ids.ts";

/** `2026-01-01T00:00:00.000Z [info] [serve-limiter] Serving { node: 1 }`; the tag may be missing. */
const NODE_LINE = /^(?<time>\d{4}-\d\d-\d\dT\S+Z) \[(?<level>\w+)\] (?:\[[\w.-]+\] )?(?<text>.*)$/;

/** `4711:M 21 Nov 2026 11:32:00.239 * Ready to accept connections`; Redis writes in the time zone of its machine. */
const REDIS_LINE = /^\d+:[XCSM] (?<time>\d{1,2} \w{3} \d{4} [\d:.]+) (?<level>[.\-*#]) (?<text>.*)$/;

const FIELD = /(\w+): ('(?:[^'\\]|\\.)*'|[^\s,}]+)/g;

const LEVELS: Readonly<Record<string, LogEvent["level"]>> = {
  ".": "debug",
  "-": "debug",
  "*": "info",
  "#": "warn",
  debug: "debug",
  info: "info",
  log: "info",
  success: "info",
  warn: "warn",
  error: "error",
  fatal: "fatal",
};

/** Reads one line; `undefined` for a continuation of the line before. */
export function parseLog(line: string, component: ComponentId): LogEvent | undefined {
  const { time, level = "", text = "" } = (NODE_LINE.exec(line) ?? REDIS_LINE.exec(line))?.groups ?? {};
  const atMs = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(atMs)) return undefined;
  const [, message = text, fields = ""] = /^(.*?) (\{.*\})$/.exec(text) ?? [];
  const pairs = [...fields.matchAll(FIELD)].map(([, name = "", value = ""]) => [name, value.replace(/^'|'$/g, "")]);
  return { atMs, component, level: LEVELS[level] ?? "unknown", message, fields: Object.fromEntries(pairs) };
}
