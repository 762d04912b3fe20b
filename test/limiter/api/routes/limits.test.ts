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

test("GET /api/limits tells what holds for every other key, as it is rolled out", async () => {
  const { send } = makeNode({ limit: 7, window: "9s" });

  const before = await send("GET", "/api/limits");
  await send("PUT", "/api/config", { body: { limit: 8 } });

  expect(before.body).toMatchObject({ default: { limit: 7, window_ms: 9000 } });
  expect((await send("GET", "/api/limits")).body).toMatchObject({ default: { limit: 8, window_ms: 9000 } });
});

test("PUT /api/limits takes back a page of GET, and PUT /api/limits/{key} a row of it", async () => {
  const { send } = makeNode();
  await send("PUT", "/api/limits/a", { body: { limit: 5, window_ms: 1000 } });
  await send("PUT", "/api/limits/b", { body: { limit: 6, window_ms: null } });
  const { body: page } = await send("GET", "/api/limits");
  const [a, b] = Object(page).limits;
  for (const key of ["a", "b"]) await send("DELETE", `/api/limits/${key}`);

  const all = await send("PUT", "/api/limits", { body: page });
  const { body: after } = await send("GET", "/api/limits");
  const one = await send("PUT", "/api/limits/b", { body: { ...b, limit: 60 } });

  expect(all).toMatchObject({
    status: 200,
    body: {
      limits: [
        { key: "a", limit: 5 },
        { key: "b", limit: 6 },
      ],
    },
  });
  expect(after).toMatchObject({
    limits: [
      { ...a, version: 5 },
      { ...b, version: 5 },
    ],
  });
  expect(one).toMatchObject({ status: 200, body: { key: "b", limit: 60, window_ms: null } });
});
