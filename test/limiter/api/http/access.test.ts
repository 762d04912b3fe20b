import { describe, expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

const CHANGES = [
  ["PUT", "/api/limits/a", { limit: 1 }],
  ["DELETE", "/api/limits/a", undefined],
  ["PUT", "/api/blocks/a", undefined],
  ["DELETE", "/api/blocks/a", undefined],
  ["PUT", "/api/config", { limit: 5 }],
  ["POST", "/api/counters/a/reset", undefined],
  ["POST", "/api/node/drain", undefined],
  ["POST", "/api/node/undrain", undefined],
  ["PUT", "/api/node/clock", { offset_ms: 0 }],
] as const;
const READS = [
  "/api/nodes",
  "/api/node/clock",
  "/api/config",
  "/api/limits",
  "/api/blocks",
  "/api/counters",
  "/api/counters/a",
  "/api/admissions",
];
const OPEN = ["/health", "/ready", "/metrics"];

test("a web page cannot drain a node, as it could by a request that browsers send without asking", async () => {
  const { node, send } = makeNode();
  const headers = { host: "127.0.0.1:8082", origin: "http://evil.example", "content-type": "text/plain" };

  const reply = await send("POST", "/api/node/drain", { body: "x", headers });

  expect(reply).toMatchObject({ status: 403, body: { error: { field: "origin" } } });
  expect(node.draining).toBe(false);
});

describe("a change", () => {
  const FOREIGN = [
    ["another site", { origin: "http://evil.example" }, "origin"],
    ["a sandboxed page", { origin: "null" }, "origin"],
    ["another port", { origin: "http://127.0.0.1:3000" }, "origin"],
    ["a file", { origin: "file://" }, "origin"],
    ["an extension", { origin: "chrome-extension://abc" }, "origin"],
    ["another site that hides its origin", { "sec-fetch-site": "cross-site" }, "sec-fetch-site"],
  ] as const;

  test.each(FOREIGN)("is refused from a page of %s, with a token or without", async (_what, headers, field) => {
    for (const [method, path, body] of CHANGES) {
      for (const [token, authorization] of [
        [undefined, {}],
        ["s3cret", { authorization: "Bearer s3cret" }],
      ] as const) {
        const { send } = makeNode({ ...(token && { token }) });
        const all = { host: "127.0.0.1:8082", ...authorization, ...headers };

        expect(await send(method, path, { body, headers: all })).toMatchObject({
          status: 403,
          body: { error: { field } },
        });
      }
    }
  });

  test.each([
    ["no page", {}],
    ["a page of the node", { origin: "http://127.0.0.1:8082", "sec-fetch-site": "same-origin" }],
    ["a page of the node behind a proxy that speaks TLS", { host: "LOCALHOST", origin: "https://localhost" }],
    ["an address typed by a person", { "sec-fetch-site": "none" }],
  ])("is taken from %s", async (_what, headers) => {
    const { send } = makeNode();

    for (const [method, path, body] of CHANGES) {
      expect((await send(method, path, { body, headers: { host: "127.0.0.1:8082", ...headers } })).status).toBe(200);
    }
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain; a=application/json",
  ])("with a body of type %s is refused, since a form can send that", async (type) => {
    const { node, send } = makeNode();
    const headers = { "content-type": type };

    const put = await send("PUT", "/api/limits/a", { body: '{"limit":1}', headers });
    const drain = await send("POST", "/api/node/drain", { body: "a=b", headers });

    expect([put, drain]).toMatchObject(
      [415, 415].map((status) => ({ status, body: { error: { field: "content-type" } } })),
    );
    expect(node).toMatchObject({ draining: false, state: { limits: new Map() } });
  });

  test.each(["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"])(
    "with a body of type %s is taken",
    async (type) => {
      const { send } = makeNode();

      expect(
        (await send("PUT", "/api/limits/a", { body: { limit: 1 }, headers: { "content-type": type } })).status,
      ).toBe(200);
    },
  );
});

describe("a host name", () => {
  const OWN = ["127.0.0.1:8082", "10.1.2.3", "[::1]:8082", "[fe80::1]", "localhost:8082", "LocalHost", ""];
  const CONFIGURED = ["limiter.example", "Limiter.Example:443", "node-2:8081"];
  const FOREIGN = [
    "evil.example",
    "evil.example:8082",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "2130706433",
    "[evil]",
    "a@127.0.0.1",
    "node-1:8081",
  ];
  const SETTINGS = { allowedHosts: "limiter.example", nodes: "1=node-1:8081,2=node-2:8081" };

  test.each(FOREIGN)("%p is refused where data is shown or changed", async (host) => {
    const { send } = makeNode(SETTINGS);
    const refusal = { status: 403, body: { error: { field: "host" } } };

    for (const path of READS) expect(await send("GET", path, { headers: { host } })).toMatchObject(refusal);
    for (const [method, path, body] of CHANGES) {
      expect(await send(method, path, { body, headers: { host } })).toMatchObject(refusal);
    }
  });

  test.each([...OWN, ...CONFIGURED])("%p is answered", async (host) => {
    const { send } = makeNode(SETTINGS);

    for (const path of READS) expect((await send("GET", path, { headers: { host } })).status).toBe(200);
    expect((await send("POST", "/api/node/undrain", { headers: { host } })).status).toBe(200);
  });

  test("of any kind is answered by /health, /ready, /metrics and /check", async () => {
    const { send } = makeNode();
    const headers = { host: "evil.example", origin: "http://evil.example" };

    for (const path of OPEN) expect((await send("GET", path, { headers })).status).toBe(200);
    expect((await send("POST", "/check", { body: { key: "a" }, headers })).status).toBe(200);
  });
});

test.each(["/api/limits/%FF", "/api/limits/a%", "/api/limits/%zz", "/api/limits/%ED%A0%80", "/api/limits/%C3"])(
  "%s, whose escapes are not UTF-8, is refused and not taken for another key",
  async (path) => {
    const { node, send } = makeNode();

    const replies = [
      await send("PUT", path, { body: { limit: 1 } }),
      await send("GET", path.replace("limits", "counters")),
      await send("GET", path.replace("limits/", "admissions?key=")),
    ];

    expect(replies).toMatchObject(replies.map(() => ({ status: 400, body: { error: { field: "path" } } })));
    expect(node.state.limits.size).toBe(0);
  },
);
