import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { AnswerParser, type Parsed } from "../../src/load/answer-parser.ts";

const CASES = [
  [
    "a length",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok",
    { status: 200, body: "ok", keepAlive: true },
  ],
  ["a length of none", "HTTP/1.1 429 Too Many\r\ncontent-length:0\r\n\r\n", { status: 429, body: "", keepAlive: true }],
  ["no body by its status", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", keepAlive: true }],
  ["no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", { status: 200, body: "ok", keepAlive: true }],
  [
    "chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    { status: 200, body: "one0123456789", keepAlive: true },
  ],
  [
    "chunks and trailers",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n\r\n\r\n0\r\nX-Sum: 1\r\nX-Two: 2\r\n\r\n",
    { status: 200, body: "\r\n", keepAlive: true },
  ],
  [
    "a promise to close",
    "HTTP/1.1 503 No\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx",
    { status: 503, body: "x", keepAlive: false },
  ],
  ["an old version", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", { status: 200, body: "x", keepAlive: false }],
  [
    "an old version that keeps the connection",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    { status: 200, body: "x", keepAlive: true },
  ],
  [
    "an answer before the answer",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    { status: 200, body: "x", keepAlive: true },
  ],
] as const;

describe("AnswerParser", () => {
  test.each(CASES)("reads %s, however the bytes are cut", (_name, text, expected) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 8 }), (cuts) => {
        const parser = new AnswerParser();
        const pieces = piecesOf(text, cuts);

        const parsed = pieces.map((piece) => parser.push(piece));

        expect(parsed.slice(0, -1).every((each) => each === "incomplete")).toBe(true);
        expect(parsed.at(-1)).toMatchObject(expected);
      }),
      { numRuns: 50 },
    );
  });

  test("reads one answer after another", () => {
    const parser = new AnswerParser();

    const bodies = ["a", "b"].map((body) => parser.push(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${body}`));

    expect(bodies).toMatchObject([{ body: "a" }, { body: "b" }]);
  });

  test("ends an answer without a length with the connection, and reuses neither", () => {
    const parser = new AnswerParser();

    expect(parser.push("HTTP/1.1 200 OK\r\n\r\nsome")).toBe("incomplete");
    expect(parser.push(" more")).toBe("incomplete");
    expect(parser.end()).toMatchObject({ body: "some more", keepAlive: false });
  });

  test.each([
    ["", "incomplete"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", "incomplete"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ncu", "incomplete"],
  ] as const)("makes no answer of an early end: %p", (text, expected) => {
    const parser = new AnswerParser();
    parser.push(text);

    expect(parser.end()).toBe(expected);
  });

  test.each([
    "SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(1024 * 1024)}`,
  ])("takes %# for no answer at all", (text) => {
    expect(new AnswerParser().push(text)).toBe("malformed");
  });

  test("finds a header field whatever its case, and not in the body", () => {
    const text =
      'HTTP/1.1 200 OK\r\nRateLimit-Policy:  "default";q=100;w=60\r\nContent-Length: 9\r\n\r\n\r\nx-b: c\r\n';
    const parsed = new AnswerParser().push(text.replace("Length: 9", "Length: 10"));

    expect(headerOf(parsed, "ratelimit-policy")).toBe('"default";q=100;w=60');
    expect(headerOf(parsed, "x-b")).toBeUndefined();
  });
});

function piecesOf(text: string, cuts: readonly number[]): readonly string[] {
  const ends = [...new Set([...cuts, text.length])].toSorted((a, b) => a - b);
  return ends.map((end, at) => text.slice(at === 0 ? 0 : ends[at - 1], end));
}

function headerOf(parsed: Parsed, name: string): string | undefined {
  return typeof parsed === "string" ? undefined : parsed.header(name);
}
