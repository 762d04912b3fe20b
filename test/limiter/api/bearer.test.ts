import { describe, expect, test } from "bun:test";
import { makeNode } from "../test-node.ts";

describe("a bearer token", () => {
  const MUTATING = [
    ["PUT", "/api/limits/a", { limit: 1 }],
    ["DELETE", "/api/limits/a", undefined],
    ["PUT", "/api/blocks/a", undefined],
    ["DELETE", "/api/blocks/a", undefined],
    ["PUT", "/api/config", { limit: 5 }],
    ["POST", "/api/counters/a/reset", undefined],
    ["POST", "/api/node/drain", undefined],
    ["POST", "/api/node/undrain", undefined],
  ] as const;

  test.each(MUTATING)("guards %s %s", async (method, path, body) => {
    const { send } = makeNode({ token: "s3cret" });

    const none = await send(method, path, { body });
    const wrong = await send(method, path, { body, headers: { authorization: "Bearer s3cre" } });
    const right = await send(method, path, { body, headers: { authorization: "Bearer s3cret" } });

    expect(none).toMatchObject({ status: 401, body: { error: { field: "authorization" } } });
    expect(none.headers.get("www-authenticate")).toBe("Bearer");
    expect(wrong.status).toBe(401);
    expect(right.status).toBe(200);
  });

  test("is not asked of checks and readings", async () => {
    const { send } = makeNode({ token: "s3cret" });

    expect((await send("POST", "/check", { body: { key: "a" } })).status).toBe(200);
    expect((await send("GET", "/api/limits")).status).toBe(200);
  });
});
