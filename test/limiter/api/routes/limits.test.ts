import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { makeNode } from "../../test-node.ts";

test("PUT, GET and DELETE /api/limits set, list and remove the limit of a key", async () => {
  const { send } = makeNode();

  const put = await send("PUT", "/api/limits/a", { body: { limit: 5, window_ms: 1000 } });
  await send("PUT", "/api/limits/b", { body: { limit: 6 } });
  const listed = await send("GET", "/api/limits");
  const deleted = await send("DELETE", "/api/limits/a");
  const again = await send("DELETE", "/api/limits/a");

  expect(put.body).toEqual({ key: "a", limit: 5, window_ms: 1000, version: 1 });
  expect(listed.body).toMatchObject({ limits: [{ key: "a" }, { key: "b", limit: 6, window_ms: null }], cursor: "" });
  expect(deleted.body).toEqual({ key: "a", deleted: true });
  expect(again).toMatchObject({ status: 200, body: { key: "a", deleted: false } });
});

test("any key survives the way through a path", async () => {
  const { send } = makeNode();
  // Paths lose "." and ".." as segments, encoded or not: no client can send them. U+FFFD stands for broken bytes.
  const key = fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).filter((text) => !/^\.\.?$|\ufffd/.test(text));

  await fc.assert(
    fc.asyncProperty(key, async (text) => {
      const { body } = await send("PUT", `/api/limits/${encodeURIComponent(text)}`, { body: { limit: 5 } });

      expect(body).toMatchObject({ key: text });
    }),
  );
});
