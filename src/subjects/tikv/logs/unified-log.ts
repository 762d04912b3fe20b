/**
 * Reads lines of the unified log format that TiKV and PD write (RFC 2018-12-19-unified-log-format; TiKV
 * `components/tikv_util/src/logger/formatter.rs`, PD `pingcap/log`):
 * `[time] [LEVEL] [source] [message] [key=value] …`, each part bare or a JSON string.
 */

import type { LogEvent } from "../../../core/system/logs.ts";

/** One line taken apart. */
export interface UnifiedLine {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly level: LogEvent["level"];
  /** `file:line`, or `<unknown>`. */
  readonly source: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

const LEVELS: Readonly<Record<string, LogEvent["level"]>> = {
  FATAL: "fatal",
  ERROR: "error",
  WARN: "warn",
  INFO: "info",
  DEBUG: "debug",
  TRACE: "debug",
};

/** `file:line`, or that it is not known. */
const SOURCE = /:\d+$|^<unknown>$/;

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 91;
const CLOSE = 93;
const EQUALS = 61;
const SPACE = 32;

/** Characters of `[2026/11/21 09:17:22.403 +00:00]`. */
const TIME_LENGTH = 32;

/** `undefined` for a line that is none: one that goes on from the line before, or that was cut. */
export function parseUnifiedLine(line: string): UnifiedLine | undefined {
  const atMs = timeOf(line);
  if (atMs === undefined || line.charCodeAt(TIME_LENGTH) !== SPACE) return undefined;
  const reader = { line, at: TIME_LENGTH + 1 };
  const level = LEVELS[bracketed(reader) ?? ""];
  const first = bracketed(reader);
  if (level === undefined || first === undefined) return undefined;
  // A logger with a name of its own, such as etcd's `raft`, puts it before the source.
  const isNamed = !SOURCE.test(first);
  const source = isNamed ? bracketed(reader) : first;
  const message = bracketed(reader);
  if (source === undefined || message === undefined) return undefined;
  const fields: Record<string, string> = isNamed ? { logger: first } : {};
  while (reader.at < line.length) {
    const field = fieldOf(reader);
    if (!field) return undefined;
    if (field !== NO_FIELD) fields[field[0]] = field[1];
  }
  return { atMs, level, source, message, fields };
}

/** Where in the line the reading is. */
interface Reader {
  readonly line: string;
  at: number;
}

/** `[text]` and the space behind it. */
function bracketed(reader: Reader): string | undefined {
  if (reader.line.charCodeAt(reader.at) !== OPEN) return undefined;
  reader.at++;
  const text = textUntil(reader, CLOSE, CLOSE);
  return text !== undefined && close(reader) ? text : undefined;
}

/** What PD writes of an empty zap field: `[]`. */
const NO_FIELD = ["", ""] as const;

/** `[key=value]` and the space behind it; a value may be empty, and one of zap's times has spaces. */
function fieldOf(reader: Reader): readonly [key: string, value: string] | undefined {
  if (reader.line.charCodeAt(reader.at) !== OPEN) return undefined;
  reader.at++;
  if (reader.line.charCodeAt(reader.at) === CLOSE) return close(reader) ? NO_FIELD : undefined;
  const key = textUntil(reader, EQUALS, CLOSE);
  if (key === undefined || reader.line.charCodeAt(reader.at) !== EQUALS) return undefined;
  reader.at++;
  const value = textUntil(reader, CLOSE, CLOSE);
  return value !== undefined && close(reader) ? [key, value] : undefined;
}

function close(reader: Reader): boolean {
  const { line } = reader;
  if (line.charCodeAt(reader.at) !== CLOSE) return false;
  reader.at++;
  if (reader.at === line.length) return true;
  if (line.charCodeAt(reader.at) !== SPACE) return false;
  reader.at++;
  return true;
}

/** A JSON string, or what stands before the first of two signs. */
function textUntil(reader: Reader, end: number, otherEnd: number): string | undefined {
  const { line, at: from } = reader;
  if (line.charCodeAt(from) === QUOTE) return quoted(reader);
  let at = from;
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === end || code === otherEnd) break;
  }
  if (at === line.length) return undefined;
  reader.at = at;
  return line.slice(from, at);
}

function quoted(reader: Reader): string | undefined {
  const { line, at: from } = reader;
  let isEscaped = false;
  for (let at = from + 1; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) {
      isEscaped = true;
      at++;
    } else if (code === QUOTE) {
      reader.at = at + 1;
      return isEscaped ? unescaped(line.slice(from, at + 1)) : line.slice(from + 1, at);
    }
  }
  return undefined;
}

/** As JSON has it; what is no JSON stays as it is. */
function unescaped(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/** `[yyyy/MM/dd HH:mm:ss.SSS ±hh:mm]`; `undefined` where it is none, a day that does not exist included. */
function timeOf(line: string): number | undefined {
  if (line.length < TIME_LENGTH || line.charCodeAt(0) !== OPEN || line.charCodeAt(TIME_LENGTH - 1) !== CLOSE)
    return undefined;
  const year = digits(line, 1, 4);
  const month = digits(line, 6, 2);
  const day = digits(line, 9, 2);
  const hour = digits(line, 12, 2);
  const minute = digits(line, 15, 2);
  const second = digits(line, 18, 2);
  const ms = digits(line, 21, 3);
  const zoneHours = digits(line, 26, 2);
  const zoneMinutes = digits(line, 29, 2);
  const sum = year + month + day + hour + minute + second + ms + zoneHours + zoneMinutes;
  if (Number.isNaN(sum) || !isSeparated(line) || month < 1 || month > 12 || day < 1) return undefined;
  if (day > daysOf(year, month) || hour > 23 || minute > 59 || second > 60) return undefined;
  const zoneMs = (zoneHours * 60 + zoneMinutes) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms) + (line[25] === "-" ? zoneMs : -zoneMs);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

function isSeparated(line: string): boolean {
  return (
    line[5] === "/" &&
    line[8] === "/" &&
    line[11] === " " &&
    line[14] === ":" &&
    line[17] === ":" &&
    line[20] === "." &&
    line[24] === " " &&
    (line[25] === "+" || line[25] === "-") &&
    line[28] === ":"
  );
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
