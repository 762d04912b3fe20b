import { expect, test } from "bun:test";
import { ProbeError } from "../../../../src/core/text/errors.ts";
import { makeNode } from "../../test-node.ts";

test("GET /api/counters pages by prefix and cursor", async () => {
  const { send } = makeNode();
  for (const key of ["a:1", "a:2", "a:3", "b:1"]) await send("POST", "/check", { body: { key } });

  const first = await send("GET", "/api/counters?prefix=a:&limit=2");
  const second = await send("GET", "/api/counters?prefix=a:&limit=2&cursor=a:2");

  expect(first.body).toMatchObject({ counters: [{ key: "a:1" }, { key: "a:2" }], cursor: "a:2" });
  expect(second.body).toMatchObject({ counters: [{ key: "a:3" }], cursor: "" });
});

test("GET /api/counters/{key} shows count, limit and source", async () => {
  const { send } = makeNode();
  await send("POST", "/check", { body: { key: "a", cost: 2 } });

  expect((await send("GET", "/api/counters/a")).body).toEqual({
    key: "a",
    count: 2,
    limit: 3,
    remaining: 1,
    window_ms: 60_000,
    algorithm: "sliding-window",
    source: "redis",
  });
});

test("GET /api/counters/{key} shows 0 for a key that nobody asked for, by its own limit", async () => {
  const { decider, send } = makeNode();
  await send("PUT", "/api/limits/a", { body: { limit: 9 } });
  decider.connected = false;

  const { status, body } = await send("GET", "/api/counters/a");

  expect({ status, body }).toMatchObject({ status: 200, body: { count: 0, limit: 9, source: "local" } });
});

test("POST /api/counters/{key}/reset forgets the count, whether there was one or not, and tells every cache", async () => {
  const { decider, send } = makeNode();
  await send("POST", "/check", { body: { key: "a" } });

  const reset = await send("POST", "/api/counters/a/reset");
  const nothing = await send("POST", "/api/counters/never/reset");

  expect(reset).toMatchObject({ status: 200, body: { key: "a", reset: true } });
  expect(nothing.status).toBe(200);
  expect(await decider.counter("a")).toBeUndefined();
  expect(decider.forgotten).toEqual(["a", "never"]);
});

test("POST /api/counters/{key}/reset that Redis has done is answered as done, though the other nodes are not told", async () => {
  const { node, decider, send } = makeNode();
  await send("POST", "/check", { body: { key: "a" } });
  node.shared.announceReset = () => Promise.reject(new ProbeError("Cannot change the settings", { word: "NOPERM" }));

  const reply = await send("POST", "/api/counters/a/reset");

  expect(reply).toMatchObject({ status: 200, body: { key: "a", reset: true, push: "off", push_reason: "NOPERM" } });
  expect(await decider.counter("a")).toBeUndefined();
});
