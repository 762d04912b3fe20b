import { expect, test } from "bun:test";
import { ReplyError } from "ioredis";
import { messageOf, ProbeError } from "../../../../src/core/text/errors.ts";
import { askRedis } from "../../../../src/limiter/decide/redis/ask-redis.ts";
import { makeNode } from "../../test-node.ts";

test.each([
  ["PUT", "/api/limits/a", { limit: 1 }],
  ["PUT", "/api/config", { limit: 1 }],
  ["POST", "/api/counters/a/reset", undefined],
] as const)("%s %s without Redis is 503 and changes nothing", async (method, path, body) => {
  const { node, decider, send } = makeNode();
  decider.connected = false;

  const reply = await send(method, path, { body });

  expect(reply).toMatchObject({ status: 503, body: { error: { field: "redis" } } });
  expect(node.state.entries.size).toBe(0);
});

test("GET /api/nodes without Redis is 503, since nobody knows who is there", async () => {
  const { registry, send } = makeNode();
  registry.away = true;

  expect(await send("GET", "/api/nodes")).toMatchObject({ status: 503, body: { error: { field: "redis" } } });
});

test.each([
  [
    "a full Redis",
    new ReplyError("OOM command not allowed when used memory > 'maxmemory'."),
    "Redis is out of memory (OOM)",
  ],
  ["a missing password", new ReplyError("NOAUTH Authentication required."), "Redis requires a password (NOAUTH)"],
  ["a refusal without a word", new ReplyError("something strange"), "Redis refuses the command (ERR)"],
  ["silence", new Error("Command timed out"), "Redis did not confirm it"],
])("askRedis() says of %s what it is, and replies repeat no message of a library", async (_what, cause, words) => {
  const { registry, send } = makeNode();
  const failure: unknown = await askRedis("read the nodes", () => Promise.reject(cause)).catch((error) => error);
  registry.list = () => Promise.reject(failure);

  const { body } = await send("GET", "/api/nodes");

  expect(failure).toBeInstanceOf(ProbeError);
  expect(body).toEqual({ error: { field: "redis", message: `Cannot read the nodes: ${words}` } });
});

test("askRedis() names what is known to be wrong where the failure does not, and never what the client says to programmers", async () => {
  const advice = new Error("Stream isn't writeable and enableOfflineQueue options is false");

  const asked = askRedis(
    "read the nodes",
    () => Promise.reject(advice),
    () => "ECONNREFUSED",
  );

  const failure = await asked.catch((error: unknown) => error);
  expect(messageOf(failure)).toBe("Cannot read the nodes: nothing listens at the address of Redis (ECONNREFUSED)");
  expect(failure).toMatchObject({ word: "ECONNREFUSED" });
});
