/** `POST /check` has two doors, Bun's own routes and the app: whatever is sent, both answer the same. */

import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { serveHttp } from "../../../../src/limiter/api/http/server.ts";
import { CHECK_PATH, checkAnswer } from "../../../../src/limiter/api/routes/check.ts";
import { silence } from "../../services.ts";
import { makeNode, type TestNode } from "../../test-node.ts";
import { requestOf, sendRaw } from "./raw-client.ts";

setDefaultTimeout(60_000);

const CLOSE = "Connection: close";
const BODY = '{"key":"a"}';

interface Door {
  readonly node: TestNode;
  readonly port: number;
}

/** What came through Bun's routes. */
let routed = 0;
const servers = new AsyncDisposableStack();
const doors = { bun: open(true), app: open(false) };
afterAll(() => servers.disposeAsync());

function open(isRouted: boolean): Door {
  const node = makeNode({ limit: 30, maxLimit: 50 });
  const check = checkAnswer(node.node);
  const posts = {
    [CHECK_PATH]: (...asked: Parameters<typeof check>) => {
      routed += 1;
      return check(...asked);
    },
  };
  const { app, failed } = node;
  const counts = node.node.metrics.connections;
  const common = { host: "127.0.0.1", port: 0, maxConnections: 4000, counts, log: silence };
  const server = servers.use(serveHttp({ ...common, fetch: app.fetch, failed, ...(isRouted && { posts }) }));
  return { node, port: server.port };
}

function raw(line: string, ...rest: readonly string[]): string {
  return [line, ...rest, "", ""].join("\r\n");
}

function post(body: string, ...headers: readonly string[]): Uint8Array {
  return requestOf("POST /check", body, CLOSE, ...headers);
}

const LONG = `{"key":"a"${" ".repeat(65_537)}}`;

const CASES: readonly (readonly [what: string, sent: string | Uint8Array, status: number, isRouted: boolean])[] = [
  ["a check", post(BODY), 200, true],
  ["a check beyond the limit", post('{"key":"b","cost":31}'), 429, true],
  ["all fields", post('{"key":"c","cost":2,"limit":7,"window_ms":1500}'), 200, true],
  ["a blocked key", post('{"key":"blocked"}'), 429, true],
  ["a key beyond ASCII", post('{"key":"\u00c3\u00a9"}'), 200, true],
  ["a key of bytes that are no UTF-8", post('{"key":"a\xff"}'), 400, true],
  ["U+FFFD as key", post('{"key":"a\xef\xbf\xbd"}'), 400, true],
  ["another field", post('{"key":"a","burst":1}'), 400, true],
  ["a limit above the bound", post('{"key":"a","limit":51}'), 400, true],
  ["broken JSON", post("{"), 400, true],
  ["a list", post("[]"), 400, true],
  ["another type of body", requestOf("POST /check", "key=a", CLOSE, "Content-Type: text/plain"), 400, true],
  [
    "XML",
    raw("POST /check HTTP/1.1", "Host: a", CLOSE, "Content-Type: text/xml", "Content-Length: 3") + "<a>",
    415,
    true,
  ],
  ["no body", raw("POST /check HTTP/1.1", "Host: a", CLOSE), 400, true],
  ["a body that is too large", post(LONG), 413, false],
  ["a foreign page", post(BODY, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"), 200, true],
  ["a foreign host", raw("POST /check HTTP/1.1", "Host: evil", CLOSE, "Content-Length: 11") + BODY, 200, true],
  ["no host", raw("POST /check HTTP/1.0", "Content-Length: 11") + BODY, 200, true],
  ["an empty host", raw("POST /check HTTP/1.1", "Host:", CLOSE, "Content-Length: 11") + BODY, 200, true],
  ["a query", requestOf("POST /check?a=/x", BODY, CLOSE), 200, true],
  [
    "a body in pieces",
    raw("POST /check HTTP/1.1", "Host: a", CLOSE, "Transfer-Encoding: chunked") + `b\r\n${BODY}\r\n0\r\n\r\n`,
    200,
    true,
  ],
  ["a slash at the end", requestOf("POST /check/", BODY, CLOSE), 404, false],
  ["two slashes", requestOf("POST //check", BODY, CLOSE), 404, false],
  ["capitals", requestOf("POST /Check", BODY, CLOSE), 404, false],
  ["an escape in the path", requestOf("POST /%63heck", BODY, CLOSE), 404, false],
  ["dots in the path", requestOf("POST /x/../check", BODY, CLOSE), 200, false],
  ["a whole URL", requestOf("POST http://a/check", BODY, CLOSE), 200, true],
  ["a longer path", requestOf("POST /check/x", BODY, CLOSE), 404, false],
  ["GET", requestOf("GET /check", "", CLOSE), 405, false],
  ["HEAD", requestOf("HEAD /check", "", CLOSE), 405, false],
  ["PUT", requestOf("PUT /check", BODY, CLOSE), 405, false],
  ["OPTIONS", requestOf("OPTIONS /check", "", CLOSE), 204, false],
];

test.each(CASES)("both doors answer the same to %s", async (_what, sent, status, isRouted) => {
  for (const { node } of Object.values(doors)) node.node.state.blocks.set("blocked", 1);
  const before = routed;

  const [bun = "", app = ""] = await Promise.all(Object.values(doors).map(({ port }) => sendRaw(port, sent)));

  expect(bun).toStartWith(`HTTP/1.1 ${status} `);
  expect(withoutDate(bun)).toBe(withoutDate(app));
  expect(routed - before).toBe(isRouted ? 1 : 0);
});

test("both doors count the same, and what fails is told", async () => {
  const [bun, app] = [doors.bun.node, doors.app.node];
  for (const { decider } of [bun, app]) decider.check = () => Promise.reject(new Error("secret"));

  const answers = await Promise.all(Object.values(doors).map(({ port }) => sendRaw(port, post(BODY))));

  for (const answer of answers) {
    expect(answer).toStartWith("HTTP/1.1 500 ");
    expect(answer).toEndWith('{"error":{"field":"node","message":"Cannot answer: internal error of the node"}}');
  }
  expect(bun.failures.map(String)).toEqual(["Error: secret"]);
  expect(app.failures.map(String)).toEqual(["Error: secret"]);
  expect(bun.node.metrics.results).toEqual(app.node.metrics.results);
});

function withoutDate(answer: string): string {
  return answer.replace(/\r\ndate: [^\r]+/i, "");
}
