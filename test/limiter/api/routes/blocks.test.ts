import { expect, test } from "bun:test";
import { makeNode } from "../../test-node.ts";

test("GET /api/blocks tells keys denied outright from keys at their limit", async () => {
  const { send } = makeNode();
  await send("PUT", "/api/blocks/bad");
  for (let i = 0; i < 4; i += 1) await send("POST", "/check", { body: { key: "busy" } });
  await send("POST", "/check", { body: { key: "calm" } });

  const { body } = await send("GET", "/api/blocks");

  expect(body).toMatchObject({
    blocked: [{ key: "bad", blocked_at: "1970-01-01T00:00:00.000Z" }],
    cursor: "",
    at_limit: [{ key: "busy", remaining: 0 }],
    truncated: false,
  });
});

test("DELETE /api/blocks/{key} admits the key again", async () => {
  const { send } = makeNode();
  await send("PUT", "/api/blocks/a");

  const reply = await send("DELETE", "/api/blocks/a");

  expect(reply).toMatchObject({ status: 200, body: { key: "a", blocked: false } });
  expect((await send("POST", "/check", { body: { key: "a" } })).status).toBe(200);
});
