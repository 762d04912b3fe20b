/** HTTP/1.1 answers from the bytes of one connection, in whatever pieces they come. One request is out at a time, so one answer is read at a time. */

import type { Answer } from "../core/subject/workload.ts";

/** What the bytes so far come to: an answer, nothing yet, or no HTTP. */
export type Parsed = ParsedAnswer | "incomplete" | "malformed";

/** An answer, and whether the connection can carry another. */
export interface ParsedAnswer extends Answer {
  readonly keepAlive: boolean;
}

/** Bytes of one answer beyond which it is taken for no answer at all. */
const MAX_ANSWER_BYTES = 1024 * 1024;

const END_OF_HEAD = "\r\n\r\n";
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})[ \r]/;
const CONTENT_LENGTH = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n/i;
const CHUNKED = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n/i;
const CONNECTION = /\r\nconnection:[ \t]*(close|keep-alive)[ \t]*\r\n/i;
const CHUNK_SIZE = /^([\da-f]{1,6})[^\r\n]*\r\n/i;
const TRAILERS = /^(?:[^\r\n]+\r\n)*\r\n/;

/** Reads the answers of one connection. Text is Latin-1, so that characters are bytes. */
export class AnswerParser {
  #text = "";

  /** Takes the next piece. Bytes after a complete answer are malformed: nothing was asked that they could answer. */
  push(piece: string): Parsed {
    this.#text = this.#text === "" ? piece : this.#text + piece;
    if (this.#text.length > MAX_ANSWER_BYTES) return "malformed";
    return this.#settle(parseAnswer(this.#text, false));
  }

  /** Takes the end of the connection, which also ends an answer that announced no length. */
  end(): Parsed {
    return this.#settle(this.#text === "" ? "incomplete" : parseAnswer(this.#text, true));
  }

  #settle(parsed: Parsed): Parsed {
    if (parsed !== "incomplete") this.#text = "";
    return parsed;
  }
}

function parseAnswer(text: string, ended: boolean): Parsed {
  const endOfHead = text.indexOf(END_OF_HEAD);
  if (endOfHead < 0) return "HTTP/1.".startsWith(text.slice(0, 7)) ? "incomplete" : "malformed";
  const head = text.slice(0, endOfHead + 2);
  const [, minor, code] = STATUS_LINE.exec(head) ?? [];
  if (minor === undefined) return "malformed";
  const status = Number(code);
  const rest = text.slice(endOfHead + END_OF_HEAD.length);
  if (status < 200) return rest === "" ? "incomplete" : parseAnswer(rest, ended);
  const body = readBody(head, rest, { empty: status === 204 || status === 304, ended });
  if (typeof body === "string") return body;
  const asked = CONNECTION.exec(head)?.[1]?.toLowerCase() ?? (minor === "1" ? "keep-alive" : "close");
  return new HttpAnswer(head, { status, body: body.text, keepAlive: asked === "keep-alive" && !body.untilClose });
}

interface Body {
  readonly text: string;
  readonly untilClose?: boolean;
}

function readBody(
  head: string,
  rest: string,
  { empty, ended }: { readonly empty: boolean; readonly ended: boolean },
): Body | "incomplete" | "malformed" {
  const length = empty ? 0 : Number(CONTENT_LENGTH.exec(head)?.[1]);
  if (length === rest.length) return { text: rest };
  if (length < rest.length) return "malformed";
  if (length > rest.length) return "incomplete";
  if (CHUNKED.test(head)) return readChunks(rest);
  return ended ? { text: rest, untilClose: true } : "incomplete";
}

function readChunks(rest: string): Body | "incomplete" | "malformed" {
  let text = "";
  let left = rest;
  for (;;) {
    if (!left.includes("\r\n")) return "incomplete";
    const [line, digits = ""] = CHUNK_SIZE.exec(left) ?? [];
    if (line === undefined) return "malformed";
    const size = Number.parseInt(digits, 16);
    left = left.slice(line.length);
    if (size === 0) break;
    if (left.length < size + 2) return "incomplete";
    if (!left.startsWith("\r\n", size)) return "malformed";
    text += left.slice(0, size);
    left = left.slice(size + 2);
  }
  const trailers = TRAILERS.exec(left)?.[0];
  if (trailers === undefined) return "incomplete";
  return trailers === left ? { text } : "malformed";
}

class HttpAnswer implements ParsedAnswer {
  readonly status: number;
  readonly body: string;
  readonly keepAlive: boolean;
  readonly #head: string;

  constructor(head: string, { status, body, keepAlive }: Pick<ParsedAnswer, "status" | "body" | "keepAlive">) {
    this.#head = head;
    this.status = status;
    this.body = body;
    this.keepAlive = keepAlive;
  }

  header(name: string): string | undefined {
    return fieldOf(name).exec(this.#head)?.[1];
  }
}

const FIELDS = new Map<string, RegExp>();

/** Pattern of a header field's value. Names come from code, so they are few and plain. */
function fieldOf(name: string): RegExp {
  const known = FIELDS.get(name);
  if (known) return known;
  const pattern = new RegExp(`\\r\\n${name}:[ \\t]*([^\\r]*)`, "i");
  FIELDS.set(name, pattern);
  return pattern;
}
