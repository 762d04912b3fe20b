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

test("GET /api/blocks shows at most as many as asked, in order of keys, and only those of the prefix", async () => {
  const { send } = makeNode({ limit: 1 });
  for (const key of ["b3", "a", "b1", "b2", "b4"]) {
    await send("PUT", `/api/blocks/${key}`);
    await send("DELETE", `/api/blocks/${key}`);
    await send("POST", "/check", { body: { key } });
    await send("PUT", `/api/blocks/x${key}`);
  }

  const all = await send("GET", "/api/blocks?limit=5");
  const some = await send("GET", "/api/blocks?limit=2&prefix=b");

  expect(Object(all.body).at_limit.map(keyOf)).toEqual(["a", "b1", "b2", "b3", "b4"]);
  expect(all.body).toMatchObject({ truncated: false });
  expect(Object(some.body).at_limit.map(keyOf)).toEqual(["b1", "b2"]);
  expect(some.body).toMatchObject({ truncated: true, blocked: [] });
  expect(Object((await send("GET", "/api/blocks?limit=3")).body).blocked).toHaveLength(3);
});

function keyOf({ key }: { readonly key: string }): string {
  return key;
}
