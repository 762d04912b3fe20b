/** Every way to ask wrongly, with the status, the field and the message of the refusal. */

import { describe, expect, test } from "bun:test";
import { makeNode } from "./test-node.ts";

type Row = readonly [what: string, request: string, body: unknown, status: number, field: string, message: string];

const LONG_KEY = "k".repeat(257);
const WHOLE = "a whole number from 1 to";
const UNREADABLE = "Cannot read path: it is not percent-encoded UTF-8, expected for instance %25 for %";
const KEY = 'Cannot use key, expected well-formed text of 1 to 256 bytes without U+FFFD, not "." nor ".."';

const CHECKS: readonly Row[] = [
  ["broken JSON", "POST /check", "{", 400, "body", "Cannot read body, expected a JSON object"],
  ["no body", "POST /check", undefined, 400, "body", "Cannot read body, expected a JSON object"],
  ["a list", "POST /check", [], 400, "body", "Cannot read body, expected a JSON object"],
  ["null", "POST /check", "null", 400, "body", "Cannot read body, expected a JSON object"],
  ["no key", "POST /check", {}, 400, "key", KEY],
  ["an empty key", "POST /check", { key: "" }, 400, "key", KEY],
  ["a number as key", "POST /check", { key: 7 }, 400, "key", KEY],
  ["a long key", "POST /check", { key: LONG_KEY }, 400, "key", KEY],
  ["a key of many bytes", "POST /check", { key: "€".repeat(86) }, 400, "key", KEY],
  ["a key that no path can hold", "POST /check", { key: ".." }, 400, "key", KEY],
  ["half a character", "POST /check", '{"key":"\\ud800"}', 400, "key", KEY],
  ["a key that stands for broken bytes", "POST /check", { key: "a\ufffd" }, 400, "key", KEY],
  ["cost 0", "POST /check", { key: "a", cost: 0 }, 400, "cost", `Cannot use cost, expected ${WHOLE} 10000`],
  ["negative cost", "POST /check", { key: "a", cost: -1 }, 400, "cost", `Cannot use cost, expected ${WHOLE} 10000`],
  ["huge cost", "POST /check", { key: "a", cost: 1e7 }, 400, "cost", `Cannot use cost, expected ${WHOLE} 10000`],
  ["part of a unit", "POST /check", { key: "a", cost: 1.5 }, 400, "cost", `Cannot use cost, expected ${WHOLE} 10000`],
  ["cost as text", "POST /check", { key: "a", cost: "1" }, 400, "cost", `Cannot use cost, expected ${WHOLE} 10000`],
  ["limit 0", "POST /check", { key: "a", limit: 0 }, 400, "limit", `Cannot use limit, expected ${WHOLE} 100000`],
  [
    "negative limit",
    "POST /check",
    { key: "a", limit: -5 },
    400,
    "limit",
    `Cannot use limit, expected ${WHOLE} 100000`,
  ],
  ["huge limit", "POST /check", { key: "a", limit: 1e300 }, 400, "limit", `Cannot use limit, expected ${WHOLE} 100000`],
  [
    "window 0",
    "POST /check",
    { key: "a", window_ms: 0 },
    400,
    "window_ms",
    `Cannot use window_ms, expected ${WHOLE} 86400000`,
  ],
  [
    "huge window",
    "POST /check",
    { key: "a", window_ms: 1e12 },
    400,
    "window_ms",
    `Cannot use window_ms, expected ${WHOLE} 86400000`,
  ],
  [
    "unknown field",
    "POST /check",
    { key: "a", window: 5 },
    400,
    "window",
    'Cannot use "window": no such field, expected one of key, cost, limit, window_ms',
  ],
];

const MANAGEMENT: readonly Row[] = [
  ["no limit", "PUT /api/limits/a", {}, 400, "limit", 'Cannot read request: "limit" is missing'],
  [
    "negative limit",
    "PUT /api/limits/a",
    { limit: -1 },
    400,
    "limit",
    `Cannot use limit, expected ${WHOLE} 1000000000`,
  ],
  [
    "unknown field",
    "PUT /api/limits/a",
    { limit: 1, burst: 2 },
    400,
    "burst",
    'Cannot use "burst": no such field, expected one of limit, window_ms, key, version',
  ],
  ["broken JSON", "PUT /api/limits/a", "limit=5", 400, "body", "Cannot read body, expected a JSON object"],
  ["a long key", `PUT /api/limits/${LONG_KEY}`, { limit: 1 }, 400, "key", KEY],
  ["a long key", `DELETE /api/blocks/${LONG_KEY}`, undefined, 400, "key", KEY],
  ["a long key", `POST /api/counters/${LONG_KEY}/reset`, undefined, 400, "key", KEY],
  [
    "nothing to roll out",
    "PUT /api/config",
    {},
    400,
    "body",
    "Cannot roll out an empty change, expected at least one of algorithm, limit, window_ms",
  ],
  [
    "unknown algorithm",
    "PUT /api/config",
    { algorithm: "magic" },
    400,
    "algorithm",
    "Cannot use algorithm, expected one of sliding-window, sliding-counter, fixed-window, gcra",
  ],
  [
    "a node that is none",
    "PUT /api/config?node=x",
    { limit: 1 },
    400,
    "node",
    'Cannot read count "x", expected a whole number such as "100" or "10k"',
  ],
  [
    "node 0",
    "PUT /api/config",
    { limit: 1, node: 0 },
    400,
    "node",
    "Cannot use node, expected a whole number from 1 to 10000",
  ],
  [
    "two nodes",
    "PUT /api/config?node=1",
    { limit: 1, node: 2 },
    400,
    "node",
    "Cannot roll out: query and body name different nodes, expected one node",
  ],
  [
    "another node",
    "GET /api/config?node=3",
    undefined,
    400,
    "node",
    "Cannot read the configuration of node 3 from node 2, expected node 2",
  ],
  [
    "half an offset",
    "PUT /api/node/clock",
    { offset_ms: 0.5 },
    400,
    "offset_ms",
    "Cannot use offset_ms, expected whole milliseconds of at most a year",
  ],
  [
    "a page too large",
    "GET /api/counters?limit=1001",
    undefined,
    400,
    "limit",
    "Cannot use limit, expected a whole number from 1 to 1000",
  ],
  [
    "a page of nothing sensible",
    "GET /api/limits?limit=-1",
    undefined,
    400,
    "limit",
    "Cannot use limit, expected a whole number from 1 to 1000",
  ],
  ["an empty key", "GET /api/admissions?key=", undefined, 400, "key.0", KEY],
  [
    "unknown route",
    "GET /api/nothing",
    undefined,
    404,
    "path",
    'Cannot find "/api/nothing", expected a route of this API',
  ],
  ["a path that is no UTF-8", "GET /nothing%FF", undefined, 400, "path", UNREADABLE],
  ["half an escape in a path", "GET /health%", undefined, 400, "path", UNREADABLE],
  [
    "two keys",
    "PUT /api/limits/a",
    { key: "b", limit: 1 },
    400,
    "key",
    'Cannot set limit: path and body name different keys, expected "a"',
  ],
  ["no limits", "PUT /api/limits", { limits: [] }, 400, "limits", "Cannot set an empty list, expected at least one"],
  [
    "a limit of no key",
    "PUT /api/limits",
    { limits: [{ limit: 1 }] },
    400,
    "limits.0",
    "Cannot set a limit without a key",
  ],
  [
    "what only a start sets",
    "PUT /api/config",
    { limit: 1, on_redis_failure: "closed" },
    400,
    "on_redis_failure",
    'Cannot roll out on_redis_failure: it is set when a node starts, expected "local"',
  ],
  ["wrong method", "GET /check", undefined, 405, "method", 'Cannot GET "/check", expected POST'],
  [
    "wrong method",
    "PATCH /api/limits/a",
    undefined,
    405,
    "method",
    'Cannot PATCH "/api/limits/a", expected PUT, DELETE',
  ],
];

describe("a wrong request is refused with the field at fault", () => {
  test.each([...CHECKS, ...MANAGEMENT])("%s: %p", async (_what, request, body, status, field, message) => {
    const { send } = makeNode();
    const [method = "", path = ""] = request.split(" ");

    const reply = await send(method, path, { body });

    expect(reply.body).toEqual({ error: { field, message } });
    expect(reply.status).toBe(status);
  });
});

test("a body of another type is refused for its type, and a form's type is forgiven where the body is JSON", async () => {
  const { send } = makeNode();
  const xml = { body: "<key/>", headers: { "content-type": "text/xml" } };
  const curl = { body: '{"key":"a"}', headers: { "content-type": "application/x-www-form-urlencoded" } };

  const refused = await send("POST", "/check", xml);

  expect(refused).toMatchObject({ status: 415, body: { error: { field: "content-type" } } });
  expect((await send("POST", "/check", curl)).status).toBe(200);
});

test("a wrong method is told the right ones", async () => {
  const reply = await makeNode().send("DELETE", "/api/config");

  expect(reply.headers.get("allow")).toBe("GET, PUT");
});

test("requests that are no checks are counted as invalid", async () => {
  const { node, send } = makeNode();

  await send("POST", "/check", { body: "{" });
  await send("POST", "/check", { body: { key: "" } });

  expect(node.metrics.results).toMatchObject({ invalid: 2, allowed: 0 });
});

test("an error that nobody expected is a 500 without its message, and is told to the log", async () => {
  const { decider, failures, send } = makeNode();
  decider.health = () => {
    throw new RangeError("secret");
  };

  const reply = await send("GET", "/health");

  expect(reply).toMatchObject({
    status: 500,
    body: { error: { field: "node", message: "Cannot answer: internal error of the node" } },
  });
  expect(failures).toMatchObject([{ message: "secret" }]);
});

test("no refusal repeats the message of a library, whatever is sent in a field", async () => {
  const { send } = makeNode();
  const fields = {
    "POST /check": ["key", "cost", "limit", "window_ms"],
    "PUT /api/limits/a": ["limit", "window_ms"],
    "PUT /api/config": ["algorithm", "limit", "window_ms", "node"],
    "PUT /api/node/clock": ["offset_ms"],
  };
  const rest: Readonly<Record<string, object>> = {
    "POST /check": { key: "a" },
    "PUT /api/limits/a": { limit: 1 },
    "PUT /api/config": { limit: 1, window_ms: 1000 },
  };
  const message = expect.stringMatching(/^Cannot /);
  const taken: unknown[] = [];
  for (const [route, names] of Object.entries(fields)) {
    const [method = "", path = ""] = route.split(" ");
    for (const field of names) {
      for (const junk of [null, [], {}, true, "", "x", -1, 1.5]) {
        const { status, body } = await send(method, path, { body: { ...rest[route], [field]: junk } });

        if (status === 200) taken.push([field, junk]);
        else expect([route, junk, status, body]).toEqual([route, junk, 400, { error: { field, message } }]);
      }
    }
  }
  expect(taken).toEqual([
    ["key", "x"],
    ...["cost", "limit", "window_ms"].map((field) => [field, null]),
    ["window_ms", null],
    ...["algorithm", "limit", "window_ms", "node"].map((field) => [field, null]),
    ["offset_ms", -1],
  ]);
});
